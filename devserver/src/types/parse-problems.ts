import { resolve } from "node:path";
import type { TypeProblem } from "../events.ts";

/**
 * The problems in the output of `tsc --pretty false`. An indented line continues the message before it; a problem of
 * the project as a whole stands at the beginning of its configuration.
 *
 * @param folder what its paths are relative to
 * @param config the file that problems without a place belong to
 */
export function parseProblems(output: string, folder: string, config: string): readonly TypeProblem[] {
  const problems: TypeProblem[] = [];
  for (const text of output.split(/\r?\n/)) {
    const problem = parseLine(text, folder, config);
    const last = problems.at(-1);
    if (problem !== undefined) problems.push(problem);
    else if (last !== undefined && /^\s+\S/.test(text)) {
      problems[problems.length - 1] = { ...last, message: `${last.message}\n${text}` };
    }
  }
  return problems;
}

function parseLine(text: string, folder: string, config: string): TypeProblem | undefined {
  const [, file, line, column, code, message] = /^(?:(\S.*?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(text) ?? [];
  if (code === undefined || message === undefined) return undefined;
  if (file === undefined) return { file: config, line: 1, column: 1, code, message };
  return { file: resolve(folder, file), line: Number(line), column: Number(column), code, message };
}

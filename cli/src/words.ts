import { type KnownFlag, splitFlag } from "@micro/kernel";

/**
 * The words of a command line that are no flags and no values of flags. Unlike a real reading this one never
 * fails: it finds the command, and the command says which flags there are.
 */
export function wordsOf(argv: readonly string[], known: ReadonlyMap<string, KnownFlag>): readonly string[] {
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] as string;
    if (argument === "--") return [...words, ...argv.slice(at + 1)];
    const [name, text] = splitFlag(argument) ?? [];
    if (name === undefined) words.push(argument);
    else if (text === undefined && takesValue(known.get(name))) at++;
  }
  return words;
}

/** The text of a flag, read before it is known which flags there are; `undefined` when it is not given. */
export function peekFlag(argv: readonly string[], wanted: string): string | undefined {
  for (const [at, argument] of argv.entries()) {
    if (argument === "--") return undefined;
    const [name, text] = splitFlag(argument) ?? [];
    if (name === wanted) return text ?? argv[at + 1];
  }
  return undefined;
}

/** Whether one of the switches is given. */
export function hasSwitch(argv: readonly string[], ...names: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).some((argument) => {
    const [name, text] = splitFlag(argument) ?? [];
    return name !== undefined && names.includes(name) && text !== "false";
  });
}

function takesValue(known: KnownFlag | undefined): boolean {
  return known !== undefined && known.flag.type !== "boolean";
}

import { spawn } from "node:child_process";
import { basename } from "node:path";
import { badRequest } from "@micro/kernel";

/** A place in a file that somebody wants to see. */
export interface EditorPlace {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Starts a program without waiting for its end. */
export type Launch = (program: string, args: readonly string[]) => Promise<void>;

/**
 * Opens a file in an editor: a command with its arguments, as it stands in `EDITOR`. No shell reads it, nor the file's
 * name. Editors that need a terminal are refused, because that shows what `micro dev` does.
 *
 * @throws MicroError 400 that says what to set
 */
export async function openInEditor(command: string, place: EditorPlace, launch: Launch = start): Promise<void> {
  const [program, ...args] = wordsOf(command);
  if (program === undefined) throw badRequest("go.micro.dev", "no editor is known: set EDITOR, to `code` for example");
  const name = basename(program).replace(/\.(exe|cmd)$/i, "");
  if (needsTerminal.has(name)) {
    throw badRequest("go.micro.dev", `${name} needs a terminal of its own: set VISUAL to an editor with a window`);
  }
  await launch(program, [...args, ...placeArguments(name, place)]);
}

const needsTerminal = new Set(["vi", "vim", "nvim", "nano", "emacs", "pico", "hx", "helix", "micro", "kak", "ed"]);
const likeCode = new Set(["code", "code-insiders", "codium", "cursor", "windsurf"]);
const likeSublime = new Set(["subl", "zed", "zeditor", "atom"]);
const likeIdea = new Set(["idea", "webstorm", "goland", "pycharm", "phpstorm", "rubymine"]);

function placeArguments(editor: string, { file, line, column }: EditorPlace): string[] {
  if (likeCode.has(editor)) return ["--goto", `${file}:${line}:${column}`];
  if (likeSublime.has(editor)) return [`${file}:${line}:${column}`];
  if (likeIdea.has(editor)) return ["--line", String(line), "--column", String(column), file];
  return [file];
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three ?? "");
}

function start(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { shell: false, stdio: "ignore", detached: true });
    child.once("error", ({ message }) => reject(badRequest("go.micro.dev", `the editor does not start: ${message}`)));
    child.once("spawn", () => {
      child.unref();
      resolve();
    });
  });
}

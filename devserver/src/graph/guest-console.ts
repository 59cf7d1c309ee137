import * as inspector from "node:inspector";
import { Writable } from "node:stream";

/** How important a line is. */
export type ConsoleLevel = "debug" | "info" | "warn" | "error";

/** Takes what is written, without the end of its last line. */
export type ConsoleWrite = (level: ConsoleLevel, text: string) => void;

const maxText = 16 * 1024;

const levels: Readonly<Record<string, ConsoleLevel>> = { debug: "debug", trace: "debug", warn: "warn" };

/**
 * A console as the process has it, whose text goes to `write`: a service shares the process with others, and whoever
 * reads what it writes has to know which one it was. A debugger that is attached sees it too.
 */
export function guestConsole(write: ConsoleWrite): Console {
  let level: ConsoleLevel | undefined;
  const stream = (usual: ConsoleLevel): Writable =>
    new Writable({
      decodeStrings: false,
      write: (text: unknown, _encoding, done) => {
        write(level ?? usual, cut(String(text).replace(/\r?\n$/, "")));
        done();
      },
    });
  const own = new console.Console({ stdout: stream("info"), stderr: stream("error"), colorMode: false });
  const members = Object.entries(own).map(([name, method]: [string, (...args: unknown[]) => unknown]) => {
    const run = (...args: unknown[]): unknown => {
      level = levels[name];
      try {
        return method(...args);
      } finally {
        level = undefined;
        tellDebugger(name, args);
      }
    };
    return [name, run] as const;
  });
  // What it does not have, such as `profile`, is for the debugger alone.
  return Object.assign(Object.create(console) as Console, Object.fromEntries(members));
}

function tellDebugger(name: string, args: readonly unknown[]): void {
  if (inspector.url() === undefined) return;
  const { [name]: method } = inspector.console as unknown as Readonly<Record<string, unknown>>;
  if (typeof method === "function") method.apply(inspector.console, args);
}

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)} …`;
}

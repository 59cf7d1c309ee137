import { PassThrough } from "node:stream";
import type { ProcessStreams } from "@micro/kernel";

/** Streams that say they are a terminal, and tell how they were used. */
export interface FakeTerminal {
  readonly streams: ProcessStreams;
  /** Everything that was written. */
  readonly output: string;
  /** Whether keys come one by one. */
  readonly isRaw: boolean;
  /** Whether the input was stopped, so that it keeps no process running. */
  readonly isPaused: boolean;
  press(keys: string): void;
}

/** Makes one that is so many columns wide. */
export function fakeTerminal(columns = 80): FakeTerminal {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(isRaw: boolean) {
      stdin.isRaw = isRaw;
      return stdin;
    },
  });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
  let output = "";
  stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  return {
    streams: { stdin, stdout } as unknown as ProcessStreams,
    get output() {
      return output;
    },
    get isRaw() {
      return stdin.isRaw;
    },
    get isPaused() {
      return stdin.isPaused();
    },
    press: (keys) => void stdin.write(keys),
  };
}

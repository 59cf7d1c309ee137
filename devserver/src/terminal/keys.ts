/** What the keys of `micro dev` do. */
export interface KeyActions {
  reload(): void;
  open(): void;
  clear(): void;
  help(): void;
  /** Ends the program as Ctrl-C does; the second time at once. */
  quit(): void;
  /** Stops the program until the shell wakes it up, as Ctrl-Z does. */
  suspend(): void;
}

/** What the keys do, for people. */
export const keyHelp: readonly (readonly [key: string, what: string])[] = [
  ["r", "build and swap all services"],
  ["o", "open the page"],
  ["c", "clear the terminal"],
  ["q", "quit, as Ctrl-C"],
  ["h", "this help"],
];

/** The part of a terminal's input that is used. */
export type KeyInput = Pick<
  NodeJS.ReadStream,
  "isRaw" | "setRawMode" | "on" | "off" | "resume" | "pause" | "setEncoding"
>;

/**
 * Reads single keys until it is closed. The terminal gives them one by one in raw mode, in which it makes no signals of
 * Ctrl-C and Ctrl-Z either. It leaves that mode when this is closed and while the program is stopped; where the process
 * ends before, Node gives the mode back.
 *
 * @returns what ends it
 */
export function listenToKeys(input: KeyInput, actions: KeyActions): () => void {
  const wasRaw = input.isRaw;
  const restore = (): void => void input.setRawMode(wasRaw);
  const onData = (chunk: string | Buffer): void => {
    const keys = String(chunk);
    if (keys.startsWith("\u001b")) return; // An arrow or a function key, whose letters are none.
    for (const key of keys) press(key);
  };
  const press = (key: string): void => {
    if (key === "\u001a") suspend();
    else if (key in byKey) actions[byKey[key as keyof typeof byKey]]();
  };
  const suspend = (): void => {
    restore();
    process.once("SIGCONT", enter);
    actions.suspend();
  };
  const enter = (): void => {
    input.setRawMode(true);
    input.resume();
  };

  input.setEncoding("utf8");
  input.on("data", onData);
  enter();
  return () => {
    process.off("SIGCONT", enter);
    input.off("data", onData);
    restore();
    input.pause(); // Or the input keeps the process running.
  };
}

const byKey = {
  r: "reload",
  o: "open",
  c: "clear",
  h: "help",
  "?": "help",
  q: "quit",
  "\u0003": "quit",
  "\u0004": "quit",
} as const satisfies Record<string, keyof KeyActions>;

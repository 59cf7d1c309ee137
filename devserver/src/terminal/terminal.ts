import type { ProcessStreams } from "@micro/kernel";
import type { DevEvent } from "../events.ts";
import { EventLines } from "./event-lines.ts";
import { type KeyActions, keyHelp, listenToKeys } from "./keys.ts";
import { type Line, line, span } from "./line.ts";
import { hasColours, paintLine } from "./paint.ts";

/** What a terminal is opened with. */
export interface TerminalOptions {
  /** The folder that paths are shown relative to. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The streams of the process; without them everything goes to `write`, plain. */
  readonly streams: ProcessStreams | undefined;
  /** Takes plain text where there is no terminal. */
  write(text: string): void;
  /** What the keys do besides drawing. */
  readonly actions: Pick<KeyActions, "reload" | "open" | "quit" | "suspend">;
}

/** Tells people what happens, and listens to their keys. */
export class Terminal {
  private readonly options: TerminalOptions;
  private readonly lines: EventLines;
  private readonly isTerminal: boolean;
  private readonly colours: boolean;
  private stopKeys: (() => void) | undefined;

  constructor(options: TerminalOptions) {
    const { root, streams, env } = options;
    this.options = options;
    this.lines = new EventLines(root);
    this.isTerminal = streams?.stdout.isTTY === true;
    this.colours = streams !== undefined && hasColours(this.isTerminal, env);
  }

  /** Reads keys from now on, where there is a terminal to read them from. Closed by {@link close}. */
  listen(): void {
    const { streams, actions } = this.options;
    if (this.stopKeys !== undefined || !this.isTerminal || streams?.stdin.isTTY !== true) return;
    this.stopKeys = listenToKeys(streams.stdin, { ...actions, help: () => this.help(), clear: () => this.clear() });
    this.say(line(span("keys", "dim"), span(` ${keyHelp.map(([key, what]) => `${key} ${what}`).join(" · ")}`, "dim")));
  }

  /** Shows an event. On a terminal its first line begins with the time. */
  show(event: DevEvent, at: number = Date.now()): void {
    for (const [index, described] of this.lines.describe(event).entries()) {
      const time = this.isTerminal && index === 0 ? [span(`${clock(at)} `, "dim")] : [];
      this.say({ ...described, spans: [...time, ...described.spans] });
    }
  }

  /** Shows a line. */
  say(said: Line): void {
    const { streams, write } = this.options;
    // A terminal that does not know how wide it is says 0.
    const columns = (this.isTerminal && streams?.stdout.columns) || Number.POSITIVE_INFINITY;
    const text = `${paintLine(said, { colours: this.colours, columns })}\n`;
    // The program's own output filters every control character, and those of colours with them.
    if (this.colours) streams?.stdout.write(text);
    else write(text);
  }

  /** Gives the keys back. Idempotent. */
  close(): void {
    this.stopKeys?.();
    this.stopKeys = undefined;
  }

  private clear(): void {
    this.options.streams?.stdout.write("\u001b[2J\u001b[3J\u001b[H");
  }

  private help(): void {
    for (const [key, what] of keyHelp) this.say(line("  ", span(key, "strong"), ` ${what}`));
  }
}

function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

import type { JsonText } from "../../../src/observe/json-text.ts";

/** An item of a stream, as it is listed. */
export interface StreamItem {
  /** From 1, both ways together. */
  readonly number: number;
  readonly isSent: boolean;
  readonly text: JsonText["text"];
  /** Since the stream was opened, in milliseconds. */
  readonly afterMs: number;
}

/** What went through a stream. */
export interface StreamLog {
  /** The last ones, oldest first. */
  readonly items: readonly StreamItem[];
  readonly sent: number;
  readonly received: number;
}

/** Before anything went through. */
export const emptyLog: StreamLog = { items: [], sent: 0, received: 0 };

/** How many items are kept. */
const maxItems = 200;

/** The log with one more item. */
export function withItem(log: StreamLog, isSent: boolean, text: string, afterMs: number): StreamLog {
  const item = { number: log.sent + log.received + 1, isSent, text, afterMs };
  return {
    items: [...log.items, item].slice(-maxItems),
    sent: log.sent + (isSent ? 1 : 0),
    received: log.received + (isSent ? 0 : 1),
  };
}

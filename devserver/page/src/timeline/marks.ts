import type { NumberedEvent } from "../../../src/events.ts";
import { sentence } from "../ui/announcement.ts";
import { momentMs } from "./past.ts";

/** What happened to the code that serves. */
export type MarkKind = "swapped" | "failed" | "restarted" | "blocked";

/** What happened in ten seconds, of one kind. */
export interface Mark {
  readonly kind: MarkKind;
  /** When the first of it happened, on the server's clock. */
  readonly at: number;
  /** Each in one line. */
  readonly texts: readonly string[];
}

/** The marks of what happened, oldest first; what is of one kind and close together is one mark. */
export function marksOf(events: readonly NumberedEvent[], from: number): Mark[] {
  const marks = new Map<string, { kind: MarkKind; at: number; texts: string[] }>();
  for (const event of events) {
    if (event.at < from || !kinds.has(event.type)) continue;
    const kind = event.type as MarkKind;
    const text = sentence(event)?.split("\n", 1)[0] ?? "";
    const key = `${kind} ${Math.floor(event.at / momentMs)}`;
    const known = marks.get(key);
    if (known === undefined) marks.set(key, { kind, at: event.at, texts: [text] });
    else known.texts.push(text);
  }
  return [...marks.values()];
}

/** A mark in words: its first lines, and how many more there are. */
export function markText({ texts }: Mark): string {
  const most = 4;
  const shown = texts.slice(0, most).join("; ");
  return texts.length > most ? `${shown}; and ${texts.length - most} more` : shown;
}

const kinds: ReadonlySet<string> = new Set<MarkKind>(["swapped", "failed", "restarted", "blocked"]);

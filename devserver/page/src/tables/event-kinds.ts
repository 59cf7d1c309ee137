import type { DevEvent, NumberedEvent } from "../../../src/events.ts";
import { type LogLevel, levels } from "../panel/log-lines.ts";

/** What events are filtered by. */
export const eventKinds = ["swaps", "failures", "logs", "types", "others"] as const;

/** The name of a kind. */
export type EventKind = (typeof eventKinds)[number];

const kindOfType: Readonly<Record<DevEvent["type"], EventKind>> = {
  swapped: "swaps",
  drained: "swaps",
  started: "swaps",
  removed: "swaps",
  restarted: "swaps",
  failed: "failures",
  recovered: "failures",
  blocked: "failures",
  replaced: "failures",
  log: "logs",
  types: "types",
  ready: "others",
};

/** The kind of an event; of one that a newer server tells of as well. */
export function kindOf(event: NumberedEvent): EventKind {
  return Object.hasOwn(kindOfType, event.type) ? kindOfType[event.type] : "others";
}

/** The events of some kinds, and of logs those that are at least as loud as a level. */
export function selected(
  events: readonly NumberedEvent[],
  kinds: ReadonlySet<EventKind>,
  level: LogLevel,
): readonly NumberedEvent[] {
  const quietest = levels.indexOf(level);
  return events.filter((event) => {
    if (!kinds.has(kindOf(event))) return false;
    return event.type !== "log" || levels.indexOf(event.level) >= quietest;
  });
}

/** What an event says, in one line. */
export function eventText(event: NumberedEvent): string {
  switch (event.type) {
    case "started":
      return `serves version ${event.version} at ${event.address}${event.isolated ? ", in a worker" : ""}`;
    case "swapped":
      return `revision ${event.revision} answers after ${Math.round(event.totalMs)} ms`;
    case "drained":
      return `revision ${event.revision} was left${event.dropped > 0 ? `, ${event.dropped} calls called off` : ""}`;
    case "removed":
      return "is not served any more";
    case "failed":
      return event.message;
    case "recovered":
      return "works again";
    case "restarted":
      return `was started anew: ${event.reason}`;
    case "blocked":
      return `kept the event loop from turning for ${Math.round(event.forMs)} ms`;
    case "replaced":
      return `got another worker: ${event.reason}`;
    case "types":
      return event.problems.length === 0 ? "no problem" : `${event.problems.length} problems`;
    case "log":
      return event.text;
    case "ready":
      return `everything is served after ${Math.round(event.ms)} ms`;
    default:
      return "";
  }
}

/** The service of an event, where it has one. */
export function serviceOf(event: NumberedEvent): string | undefined {
  return "service" in event ? event.service : undefined;
}

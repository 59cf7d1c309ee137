import type { NumberedEvent } from "../../../src/events.ts";
import { eventText } from "../tables/event-kinds.ts";
import { plural } from "./format.ts";

/** What events say to who cannot see them, in a sentence; nothing for those that matter to nobody. */
export function announcementOf(events: readonly NumberedEvent[]): string | undefined {
  const texts = events.map(sentence).filter((text) => text !== undefined);
  if (texts.length === 0) return undefined;
  if (texts.length <= mostSpelledOut) return texts.join(". ");
  const [swaps, failures] = [events.filter(isSwap).length, events.filter(isFailure).length];
  const others = texts.length - swaps - failures;
  return [counted(swaps, "swap"), counted(failures, "failure"), counted(others, "other change")]
    .filter((text) => text !== "")
    .join(", ");
}

const mostSpelledOut = 2;
const maxText = 160;

/** What an event says, in a sentence; nothing where it matters to nobody. */
export function sentence(event: NumberedEvent): string | undefined {
  const who = ("service" in event ? event.service : undefined) ?? ("file" in event ? event.file : undefined);
  switch (event.type) {
    case "swapped":
      return `${who} swapped, revision ${event.revision}`;
    case "failed":
      return `${who ?? "The project"} failed: ${event.message.slice(0, maxText)}`;
    case "blocked":
      return `${who ?? "A service"} blocked the event loop`;
    case "recovered":
    case "replaced":
    case "removed":
    case "restarted":
      return `${who ?? "The kernel"} ${eventText(event)}`;
    default:
      return undefined;
  }
}

const isSwap = ({ type }: NumberedEvent): boolean => type === "swapped";
const isFailure = ({ type }: NumberedEvent): boolean => type === "failed" || type === "blocked";

function counted(count: number, what: string): string {
  return count === 0 ? "" : plural(count, what);
}

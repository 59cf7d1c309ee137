import type { NumberedEvent } from "../../../src/events.ts";
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
  switch (event.type) {
    case "swapped":
      return `${event.service} swapped, revision ${event.revision}`;
    case "failed":
      return `${event.service ?? event.file ?? "The project"} failed: ${event.message.slice(0, maxText)}`;
    case "recovered":
      return `${event.service ?? event.file} works again`;
    case "blocked":
      return `${event.service ?? "A service"} blocked the event loop`;
    case "replaced":
      return `${event.service} got another worker`;
    case "removed":
      return `${event.service} is gone`;
    case "restarted":
      return `The kernel was started anew: ${event.reason}`;
    default:
      return undefined;
  }
}

const isSwap = ({ type }: NumberedEvent): boolean => type === "swapped";
const isFailure = ({ type }: NumberedEvent): boolean => type === "failed" || type === "blocked";

function counted(count: number, what: string): string {
  return count === 0 ? "" : plural(count, what);
}

import { timeText } from "../ui/format.ts";

/** A time of day to the millisecond, as the terminal of `micro dev` shows it: by the clock that calls are measured by. */
export function clockText(at: number): string {
  return `${timeText(at)}.${new Date(at).toISOString().slice(20, 23)}`;
}

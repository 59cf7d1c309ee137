import type { NumberedEvent } from "../../../src/events.ts";
import type { LogEvent } from "../../../src/hub/protocol.ts";

/** The levels of logs, the least important first. */
export const levels = ["debug", "info", "warn", "error"] as const;

/** A level of logs. */
export type LogLevel = (typeof levels)[number];

const maxLines = 500;

/** The logs of a service: what was asked for and what came since, each once, oldest first. */
export function logsOf(
  service: string,
  asked: readonly LogEvent[],
  events: readonly NumberedEvent[],
): readonly LogEvent[] {
  const last = asked.at(-1)?.number ?? 0;
  const fresh = events.filter(
    (event): event is LogEvent => event.type === "log" && event.service === service && event.number > last,
  );
  return [...asked, ...fresh].slice(-maxLines);
}

/** Those of a level or above that have a text. */
export function filterLogs(logs: readonly LogEvent[], level: LogLevel, text: string): readonly LogEvent[] {
  const least = levels.indexOf(level);
  const part = text.trim().toLowerCase();
  return logs.filter((log) => levels.indexOf(log.level) >= least && log.text.toLowerCase().includes(part));
}

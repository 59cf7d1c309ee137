import { formatLine, type LogFields, type Logger } from "@micro/kernel";
import type { DevEvent, DevEvents } from "../events.ts";

type Level = Extract<DevEvent, { type: "log" }>["level"];

/**
 * Tells what services log as events, and of the kernel and its plugins what is a warning or worse.
 *
 * @param isService whether a name, which stands before the message, is that of a service
 */
export function eventLog(events: DevEvents, isService: (name: string) => boolean): Logger {
  const write = (level: Level) => (message: string, fields?: LogFields) => {
    const [, name = "", rest = ""] = /^([\w.-]+): (.*)$/s.exec(message) ?? [];
    const isOfService = isService(name);
    if (!isOfService && (level === "debug" || level === "info")) return;
    const text = formatLine(isOfService ? rest : message, fields);
    events.emit({ type: "log", level, service: isOfService ? name : "kernel", text });
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

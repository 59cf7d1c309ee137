import type { LogEvent } from "./events.ts";

/** How many entries are kept of each service. */
const maxOfService = 200;
const maxInAll = 10_000;
/** How many characters all of them have together. */
const maxLength = 4 * 1024 * 1024;
const maxText = 4096;
const maxName = 256;

/** What services logged last: of each so much, so that one that talks a lot leaves the others theirs. */
export class KeptLogs {
  private readonly services = new Map<string, LogEvent[]>();
  /** All of them by their numbers, oldest first. */
  private readonly kept = new Map<number, LogEvent>();
  private length = 0;

  add(event: LogEvent): void {
    const { text, number } = event;
    const service = event.service.slice(0, maxName);
    const kept = { ...event, service, text: text.length > maxText ? `${text.slice(0, maxText)} …` : text };
    const logs = this.services.get(service) ?? [];
    this.services.set(service, logs);
    logs.push(kept);
    this.kept.set(number, kept);
    this.length += sizeOf(kept);
    if (logs.length > maxOfService) this.dropOldest(service);
    for (const oldest of this.kept.values()) {
      if (this.kept.size <= maxInAll && this.length <= maxLength) return;
      this.dropOldest(oldest.service);
    }
  }

  /** What a service logged, oldest first. */
  of(service: string): readonly LogEvent[] {
    return this.services.get(service) ?? [];
  }

  /** What all of them logged, oldest first. */
  all(): readonly LogEvent[] {
    return [...this.kept.values()];
  }

  private dropOldest(service: string): void {
    const logs = this.services.get(service) ?? [];
    const dropped = logs.shift();
    if (dropped === undefined) return;
    this.kept.delete(dropped.number);
    this.length -= sizeOf(dropped);
    if (logs.length === 0) this.services.delete(service);
  }
}

/** About how much memory one takes, in characters. */
function sizeOf({ text, service }: LogEvent): number {
  return text.length + service.length + 50;
}

import { channel } from "node:diagnostics_channel";
import { debuglog } from "node:util";

/** What the diagnostics channel `micro:selector-cache` publishes. */
export interface CacheEvent {
  /**
   * `hit`: answered from the cache. `stale`: the same, while the registry fails. `miss`: the caller waits for the
   * registry. `refresh`: the registry is asked in the background. `evict`: a node is left out, or a service forgotten.
   */
  readonly event: "hit" | "miss" | "refresh" | "stale" | "evict";
  readonly service: string;
  /** For `evict`: of whom and why, in words for people. */
  readonly why: string | undefined;
}

const events = channel("micro:selector-cache");
const log = debuglog("micro:selector-cache");
// Asking each time costs as much as looking the service up; the answer stands from the start of the process.
const isLogging = log.enabled;

/** Tells whoever listens, on the channel or with `NODE_DEBUG=micro:selector-cache`; else it costs two reads. */
export function tell(event: CacheEvent["event"], service: string, why?: string): void {
  if (events.hasSubscribers) events.publish({ event, service, why } satisfies CacheEvent);
  if (isLogging) log("%s %s%s", event, service, why === undefined ? "" : `: ${why}`);
}

import { channel } from "node:diagnostics_channel";
import { debuglog } from "node:util";

/** What the diagnostics channel `micro:retry` publishes before each further try. */
export interface RetryEvent {
  readonly service: string;
  readonly method: string;
  /** The address of the node whose try failed. */
  readonly address: string;
  /** The number of the try that failed; 1 for the first. */
  readonly attempt: number;
  /** How long it waits before the next try, in milliseconds. */
  readonly pauseMs: number;
  /** What the try failed with. */
  readonly error: unknown;
}

const events = channel("micro:retry");
const log = debuglog("micro:retry");

/** Tells whoever listens, on the channel or with `NODE_DEBUG=micro:retry`. */
export function tell(event: RetryEvent): void {
  if (events.hasSubscribers) events.publish(event);
  if (!log.enabled) return;
  const { service, method, address, attempt, pauseMs, error } = event;
  log("%s %s: try %d at %s failed, next in %d ms: %s", service, method, attempt, address, pauseMs, error);
}

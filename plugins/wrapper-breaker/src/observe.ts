import { channel } from "node:diagnostics_channel";
import { debuglog } from "node:util";
import type { MicroError } from "@micro/kernel";
import type { BreakerState } from "./breaker.ts";

/** What the diagnostics channel `micro:breaker` publishes when a circuit changes. */
export interface BreakerEvent {
  readonly service: string;
  /** `undefined` when the whole service has one circuit. */
  readonly method: string | undefined;
  /** What it is from now on. */
  readonly state: BreakerState;
  /** The latest failure; `undefined` when it closed. */
  readonly error: MicroError | undefined;
}

const events = channel("micro:breaker");
const log = debuglog("micro:breaker");

/** Tells whoever listens, on the channel or with `NODE_DEBUG=micro:breaker`. */
export function tell(event: BreakerEvent): void {
  if (events.hasSubscribers) events.publish(event);
  if (!log.enabled) return;
  const { service, method = "*", state, error } = event;
  log("%s %s: %s %s", service, method, state, error ?? "");
}

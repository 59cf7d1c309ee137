import { channel } from "node:diagnostics_channel";
import { debuglog } from "node:util";

/** What the diagnostics channel `micro:outlier` publishes. */
export interface OutlierEvent {
  /** `eject`: the node is left out from now on. `return`: it is in again. */
  readonly event: "eject" | "return";
  readonly service: string;
  /** The address of the node. */
  readonly address: string;
  /** In words for people. */
  readonly why: string;
  /** For how long it is left out, in milliseconds; 0 for a return. */
  readonly forMs: number;
}

const events = channel("micro:outlier");
const log = debuglog("micro:outlier");

/** Tells whoever listens, on the channel or with `NODE_DEBUG=micro:outlier`. */
export function tell(event: OutlierEvent): void {
  if (events.hasSubscribers) events.publish(event);
  if (log.enabled) log("%s %s of %s for %d ms: %s", event.event, event.address, event.service, event.forMs, event.why);
}

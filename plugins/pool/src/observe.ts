import { channel } from "node:diagnostics_channel";
import { debuglog } from "node:util";

/** What the diagnostics channel `micro:pool` publishes. */
export interface PoolEvent {
  readonly event: "dial" | "reuse" | "release" | "close";
  /** `host:port` */
  readonly address: string;
  /** For `close`: the reason, in words for people. */
  readonly why: string | undefined;
}

const events = channel("micro:pool");
const log = debuglog("micro:pool");

/** Tells whoever listens, on the channel or with `NODE_DEBUG=micro:pool`; else it costs two reads. */
export function tell(event: PoolEvent["event"], address: string, why: string | undefined): void {
  if (events.hasSubscribers) events.publish({ event, address, why } satisfies PoolEvent);
  if (log.enabled) log("%s %s%s", event, address, why === undefined ? "" : `: ${why}`);
}

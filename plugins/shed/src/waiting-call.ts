import type { AdmitNext, Arrival } from "@micro/kernel";
import type { ServiceTime } from "./service-time.ts";

/** A call that waits to be let in. */
export class WaitingCall {
  readonly arrival: Arrival;
  readonly next: AdmitNext;
  readonly time: ServiceTime;
  readonly since: number;
  /** Who else wants to know of its end. */
  onEnd: (() => void) | undefined = undefined;
  earlier: WaitingCall | undefined = undefined;
  later: WaitingCall | undefined = undefined;

  constructor(arrival: Arrival, next: AdmitNext, time: ServiceTime, since: number) {
    this.arrival = arrival;
    this.next = next;
    this.time = time;
    this.since = since;
  }
}

/** The calls that wait, in the order in which they came. Any of them may leave at any time. */
export class WaitingLine {
  oldest: WaitingCall | undefined = undefined;
  newest: WaitingCall | undefined = undefined;
  size = 0;

  push(call: WaitingCall): void {
    call.earlier = this.newest;
    if (this.newest === undefined) this.oldest = call;
    else this.newest.later = call;
    this.newest = call;
    this.size++;
  }

  delete(call: WaitingCall): void {
    const { earlier, later } = call;
    if (earlier === undefined) this.oldest = later;
    else earlier.later = later;
    if (later === undefined) this.newest = earlier;
    else later.earlier = earlier;
    call.earlier = call.later = undefined;
    this.size--;
  }
}

import { type AdmitNext, type Arrival, MicroError } from "@micro/kernel";
import { ServiceTime } from "./service-time.ts";
import { WaitingCall, WaitingLine } from "./waiting-call.ts";

/** What a {@link Gate} goes by. */
export interface GateOptions {
  /** The name of the service, which its refusals bear. */
  readonly service: string;
  /** How many calls run at once, and how many streams besides. */
  readonly maxInFlight: number;
  /** How many calls wait. */
  readonly maxQueue: number;
  /** Why nothing may come in at all, in words for people; `undefined` while it may. Default never. */
  readonly pressure?: () => string | undefined;
  /** Told of each refusal. */
  readonly onRefuse?: (why: string, stats: () => GateStats, now: number) => void;
  /** In milliseconds, the clock of deadlines. Default `performance.now`. */
  readonly clock?: () => number;
}

/** What a gate has and did. */
export interface GateStats {
  /** Calls that run. */
  readonly running: number;
  /** Streams that are open. */
  readonly streams: number;
  /** Calls that wait. */
  readonly waiting: number;
  /** Calls and streams that came in. */
  readonly admitted: number;
  /** Calls that had to wait, whatever became of them. */
  readonly queued: number;
  /** Calls and streams that were refused. */
  readonly refused: number;
}

// A line that was not empty for so long does not only even out a burst: more comes than can be done.
const standingMs = 100;
const shortestWaitMs = 5;
const retryAfterMs = 1000;

const full = "too many calls are under way";
const tooLate = "its time is over before it could be done";
const tooLong = "it waited too long";

/**
 * Lets as many calls of a service in as may run at once, and lets others wait.
 *
 * Who waits comes in in order, as long as waiting evens out bursts. Once the line stands, whoever came last is first, as
 * its caller still waits, and nobody waits for longer than a call takes: so those that come in are answered about as fast
 * as ever, and the others hear soon enough that they have to go elsewhere.
 */
export class Gate {
  readonly #options: Required<GateOptions>;
  readonly #line = new WaitingLine();
  readonly #refusals = new Map<string, MicroError>();
  readonly #counts = { admitted: 0, queued: 0, refused: 0 };
  readonly #statsOf = (): GateStats => this.stats;
  #running = 0;
  #streams = 0;
  #emptyAt = 0;
  #isFilling = false;

  constructor(options: GateOptions) {
    this.#options = { pressure: () => undefined, onRefuse: () => {}, clock: () => performance.now(), ...options };
  }

  get stats(): GateStats {
    return { running: this.#running, streams: this.#streams, waiting: this.#line.size, ...this.#counts };
  }

  /** The wrap of a method that answers one request. */
  wrapCall(next: AdmitNext): AdmitNext {
    const time = new ServiceTime();
    return (arrival) => {
      const now = this.#options.clock();
      const why = this.#options.pressure();
      if (why !== undefined) this.#refuse(arrival, why, now);
      else if (this.#running < this.#options.maxInFlight && this.#line.size === 0) this.#run(arrival, next, time, now);
      else this.#queue(arrival, next, time, now);
    };
  }

  /** The wrap of a method that streams: it may last for ever, so nobody waits for its end. */
  wrapStream(next: AdmitNext): AdmitNext {
    return (arrival) => {
      const why = this.#options.pressure() ?? (this.#streams < this.#options.maxInFlight ? undefined : full);
      if (why === undefined) this.#open(arrival, next);
      else this.#refuse(arrival, why, this.#options.clock());
    };
  }

  #open(arrival: Arrival, next: AdmitNext): void {
    this.#streams++;
    this.#counts.admitted++;
    onceEnded(arrival, () => {
      this.#streams--;
    });
    next(arrival);
  }

  #run(arrival: Arrival, next: AdmitNext, time: ServiceTime, now: number): void {
    this.#running++;
    this.#counts.admitted++;
    onceEnded(arrival, () => this.#leave(time, now));
    next(arrival);
  }

  #leave(time: ServiceTime, startedAt: number): void {
    const now = this.#options.clock();
    this.#running--;
    time.note(now - startedAt);
    if (this.#line.size > 0) this.#fill(now);
  }

  #queue(arrival: Arrival, next: AdmitNext, time: ServiceTime, now: number): void {
    if (this.#line.size === 0) this.#emptyAt = now;
    this.#dropStale(now);
    const call = new WaitingCall(arrival, next, time, now);
    if (this.#line.size >= this.#options.maxQueue && !this.#makeRoom(now)) this.#refuse(arrival, full, now);
    else if (isTooLate(call, now)) this.#refuse(arrival, tooLate, now);
    else this.#wait(call, now);
  }

  #wait(call: WaitingCall, now: number): void {
    const { arrival } = call;
    this.#counts.queued++;
    this.#line.push(call);
    call.onEnd = arrival.onEnd;
    arrival.onEnd = () => {
      this.#line.delete(call);
      call.onEnd?.();
    };
    if (this.#running < this.#options.maxInFlight) this.#fill(now);
  }

  /** Lets in who waits, as far as there is room. What comes in may end at once, and then this is already at it. */
  #fill(now: number): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    this.#dropStale(now);
    while (this.#running < this.#options.maxInFlight && this.#line.size > 0) this.#letIn(this.#take(now), now);
    this.#isFilling = false;
  }

  #letIn(call: WaitingCall, now: number): void {
    if (isTooLate(call, now)) this.#refuse(call.arrival, tooLate, now);
    else this.#run(call.arrival, call.next, call.time, now);
  }

  #take(now: number): WaitingCall {
    const call = (this.#isStanding(now) ? this.#line.newest : this.#line.oldest) as WaitingCall;
    this.#remove(call);
    return call;
  }

  #remove(call: WaitingCall): void {
    this.#line.delete(call);
    call.arrival.onEnd = call.onEnd;
  }

  /** Puts who came first out of a line that stands. */
  #makeRoom(now: number): boolean {
    const { oldest } = this.#line;
    if (oldest === undefined || !this.#isStanding(now)) return false;
    this.#remove(oldest);
    this.#refuse(oldest.arrival, full, now);
    return true;
  }

  #dropStale(now: number): void {
    if (!this.#isStanding(now)) return;
    for (let { oldest } = this.#line; oldest !== undefined; oldest = this.#line.oldest) {
      // How long one may wait is not known before the first call of its method has ended.
      if (oldest.time.ms === 0 || now - oldest.since <= Math.max(shortestWaitMs, oldest.time.ms)) return;
      this.#remove(oldest);
      this.#refuse(oldest.arrival, tooLong, now);
    }
  }

  #isStanding(now: number): boolean {
    return this.#line.size > 0 && now - this.#emptyAt > standingMs;
  }

  #refuse(arrival: Arrival, why: string, now: number): void {
    this.#counts.refused++;
    arrival.refuse(this.#refusalOf(why));
    this.#options.onRefuse(why, this.#statsOf, now);
  }

  // Kept, because an error takes longer to make than to send, and of these there may be very many.
  #refusalOf(why: string): MicroError {
    let error = this.#refusals.get(why);
    if (error === undefined) {
      const options = { reason: "overloaded", notProcessed: true, retryAfterMs };
      error = new MicroError(this.#options.service, 503, `the service is overloaded: ${why}`, options);
      this.#refusals.set(why, error);
    }
    return error;
  }
}

function isTooLate({ arrival, time }: WaitingCall, now: number): boolean {
  return arrival.deadline - now < time.ms;
}

function onceEnded(arrival: Arrival, listener: () => void): void {
  const { onEnd } = arrival;
  arrival.onEnd =
    onEnd === undefined
      ? listener
      : () => {
          listener();
          onEnd();
        };
}

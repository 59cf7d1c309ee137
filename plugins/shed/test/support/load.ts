import type { AdmitNext, Arrival, MicroError } from "@micro/kernel";
import { Gate, type GateOptions } from "../../src/index.ts";

/** How a simulated call ended. */
export interface Ended {
  readonly how: "answered" | "refused" | "late";
  /** When it came. */
  readonly at: number;
  readonly tookMs: number;
  readonly error: MicroError | undefined;
}

/** A service behind a gate, with a clock of its own; each call takes the same time, and many at once take longer. */
export class Load {
  now = 1000;
  readonly gate: Gate;
  readonly ended: Ended[] = [];
  /** The most that ran at once, and the most that were there at all. */
  mostRunning = 0;
  mostPresent = 0;
  running = 0;
  #present = 0;
  readonly #admit: AdmitNext;
  readonly #admitStream: AdmitNext;
  readonly #serviceMs: (running: number) => number;
  readonly #events: Event[] = [];
  // Apart, so that each list mostly grows at its end.
  readonly #deadlines: Event[] = [];

  constructor(options: Partial<GateOptions> = {}, serviceMs: (running: number) => number = () => 20) {
    this.#serviceMs = serviceMs;
    this.gate = new Gate({ service: "greeter", maxInFlight: 20, maxQueue: 20, clock: () => this.now, ...options });
    this.#admit = this.gate.wrapCall((arrival) => arrival.run());
    this.#admitStream = this.gate.wrapStream((arrival) => arrival.run());
  }

  /** Lets calls come at an even rate for so long, with a deadline each, and then all of them end. */
  run(ms: number, perSecond: number, deadlineMs = 5000): void {
    const end = this.now + ms;
    for (let next = this.now; next < end; next += 1000 / perSecond) {
      this.advance(next);
      this.call(deadlineMs);
    }
    this.advance(end);
  }

  call(deadlineMs = 5000): SimulatedCall {
    return this.#arrive(this.#admit, deadlineMs);
  }

  /** Opens a stream. */
  open(): SimulatedCall {
    return this.#arrive(this.#admitStream, 5000);
  }

  #arrive(admit: AdmitNext, deadlineMs: number): SimulatedCall {
    const call = new SimulatedCall(this, this.now + deadlineMs);
    this.#present++;
    this.mostPresent = Math.max(this.mostPresent, this.#present);
    insert(this.#deadlines, { at: call.deadline, run: () => call.end("late") });
    admit(call);
    return call;
  }

  /** @internal */
  start(call: SimulatedCall): void {
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    const run = (): void => {
      this.running--;
      call.end("answered");
    };
    const serviceMs = this.#serviceMs(this.running);
    // A handler that answers before its call returns.
    if (serviceMs === 0) run();
    else insert(this.#events, { at: this.now + serviceMs, run });
  }

  /** @internal */
  end(ended: Ended): void {
    this.#present--;
    this.ended.push(ended);
  }

  advance(to: number): void {
    for (let list = this.#nextList(to); list !== undefined; list = this.#nextList(to)) {
      const { at, run } = list.shift() as Event;
      this.now = at;
      run();
    }
    this.now = to;
  }

  count(how: Ended["how"]): number {
    return this.ended.filter((ended) => ended.how === how).length;
  }

  /** The list with the earliest event, if that is due. */
  #nextList(to: number): Event[] | undefined {
    const lists = [this.#events, this.#deadlines].filter(([first]) => first !== undefined && first.at <= to);
    return lists.sort(([one], [other]) => (one as Event).at - (other as Event).at)[0];
  }
}

interface Event {
  readonly at: number;
  readonly run: () => void;
}

function insert(events: Event[], event: Event): void {
  let index = events.length;
  while (index > 0 && (events[index - 1] as Event).at > event.at) index--;
  events.splice(index, 0, event);
}

class SimulatedCall implements Arrival {
  readonly route = {} as Arrival["route"];
  readonly remoteAddress = "10.0.0.1:1000";
  readonly deadline: number;
  onEnd: (() => void) | undefined = undefined;
  hasRun = false;
  readonly #load: Load;
  readonly #cameAt: number;
  #isOver = false;

  constructor(load: Load, deadline: number) {
    this.#load = load;
    this.#cameAt = load.now;
    this.deadline = deadline;
  }

  run(): void {
    if (this.#isOver) return;
    this.hasRun = true;
    this.#load.start(this);
  }

  refuse(error: MicroError): void {
    this.end("refused", error);
  }

  end(how: Ended["how"], error?: MicroError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#load.end({ how, at: this.#cameAt, tookMs: this.#load.now - this.#cameAt, error });
    // As in a server: what ended gives its place back.
    this.onEnd?.();
  }
}

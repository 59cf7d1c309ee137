import type { Attempt, AttemptNext, ClientNext, ClientRequest, ClientRoute } from "@micro/kernel";
import { type LimitHost, limitAttempts } from "./attempt-limit.ts";
import { FailedCall } from "./failed-call.ts";
import { IdempotentMethods, type Lookup } from "./idempotent-methods.ts";
import type { ResolvedOptions } from "./options.ts";
import { Pauses } from "./pause.ts";
import { ServiceLoad } from "./service-load.ts";

/** Clock and dice; tests bring their own. */
export interface Chance {
  /** In milliseconds, the clock of deadlines. */
  now(): number;
  /** From 0 up to and without 1. */
  random(): number;
}

const realChance: Chance = { now: () => performance.now(), random: () => Math.random() };

// Names may come from outside. A service that was forgotten begins with a new budget.
const maxServices = 10_000;

/** Wraps the calls of a kernel's client so that they are tried again where that is safe. */
export class Retrier {
  readonly options: ResolvedOptions;
  readonly chance: Chance;
  readonly pauses: Pauses = new Pauses();
  readonly idempotent: IdempotentMethods;
  readonly #services = new Map<string, ServiceLoad>();
  readonly #paidFor = new WeakSet<Attempt>();

  constructor(options: ResolvedOptions, lookup: Lookup, chance: Chance = realChance) {
    this.options = options;
    this.chance = chance;
    this.idempotent = new IdempotentMethods(lookup, this.pauses);
  }

  /** The wrap of one route. Until a call fails it counts it and no more; one within the kernel it leaves alone. */
  wrap(next: ClientNext, route: ClientRoute): ClientNext {
    const load = this.#loadOf(route.service);
    return (request) => {
      const answer = next(request);
      // It has one node, which is this process.
      if (request.isLocal) return answer;
      load.begin();
      return answer.then(load.end, (error: unknown) => this.#recover(next, request, load, error));
    };
  }

  /** The wrap of one route's tries: it ends one that takes too long, where another may be made. */
  wrapAttempt(next: AttemptNext, route: ClientRoute): AttemptNext {
    const { tries, maxTries, attemptLimitMs } = this.options;
    const host: LimitHost = {
      tries: Math.min(tries, maxTries),
      attemptLimitMs,
      now: this.chance.now,
      mayRepeat: (attempt) => this.#payForNext(attempt),
      takeBack: (attempt) => this.isPaidFor(attempt) && this.#loadOf(route.service).leave(),
    };
    return limitAttempts(host, next, route);
  }

  /** Whether the try after this one was paid for when this one was given up; true only once. */
  isPaidFor(attempt: Attempt): boolean {
    return this.#paidFor.delete(attempt);
  }

  /** Ends every pause; the calls in them fail with what their last try failed with. Idempotent. */
  close(): void {
    this.pauses.close();
    this.#services.clear();
  }

  // Before the try is given up: one for which there is no room would be lost.
  async #payForNext(attempt: Attempt): Promise<"now" | "later" | "never"> {
    const { request } = attempt;
    if (!(await this.idempotent.has(request, request.deadline - this.chance.now()))) return "never";
    if (!this.#loadOf(request.route.service).enter()) return "later";
    this.#paidFor.add(attempt);
    return "now";
  }

  async #recover(next: ClientNext, request: ClientRequest, load: ServiceLoad, error: unknown): Promise<unknown> {
    try {
      return await new FailedCall(this, next, request, load, error).recover();
    } finally {
      load.end(undefined);
    }
  }

  #loadOf(service: string): ServiceLoad {
    let load = this.#services.get(service);
    if (load === undefined) {
      const [oldest] = this.#services.keys();
      if (this.#services.size >= maxServices) this.#services.delete(oldest as string);
      load = new ServiceLoad(this.options, this.chance.now);
      this.#services.set(service, load);
    }
    return load;
  }
}

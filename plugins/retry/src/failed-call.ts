import { type Attempt, attemptHeader, type ClientNext, type ClientRequest, MicroError } from "@micro/kernel";
import { classify } from "./classify.ts";
import { tell } from "./observe.ts";
import type { Retrier } from "./retrier.ts";
import type { ServiceLoad } from "./service-load.ts";

/** A call whose first try failed, until it is answered or given up. */
export class FailedCall {
  readonly #retrier: Retrier;
  readonly #next: ClientNext;
  readonly #request: ClientRequest;
  readonly #load: ServiceLoad;
  #error: unknown;
  /** Further tries after one that certainly did not run. */
  #moves = 0;
  /** Tries that may have run. */
  #runs = 0;
  #hasMetStale = false;
  /** The try whose node named a time, when the others were asked first. */
  #named: Attempt | undefined = undefined;

  constructor(retrier: Retrier, next: ClientNext, request: ClientRequest, load: ServiceLoad, error: unknown) {
    this.#retrier = retrier;
    this.#next = next;
    this.#request = request;
    this.#load = load;
    this.#error = error;
  }

  /** Tries again for as long as that is safe and in time. @throws what the last try failed with */
  async recover(): Promise<unknown> {
    for (;;) {
      const plan = await this.#plan();
      if (plan === undefined) throw this.#error;
      try {
        const failed = this.#request.lastAttempt;
        await this.#pause(plan);
        const outcome = await this.#tryAgain();
        if (outcome.isAnswer) return outcome.value;
        this.#adopt(outcome.value, failed);
      } finally {
        if (plan.isPaid) this.#load.leave();
      }
    }
  }

  /** How to go on after the latest failure; `undefined` when the call has failed. */
  async #plan(): Promise<Plan | undefined> {
    const { options } = this.#retrier;
    const attempt = this.#request.lastAttempt;
    // Without a try, it failed before a node was picked or in a wrap.
    if (attempt === undefined) return undefined;
    if (this.#retrier.isPaidFor(attempt)) return this.#replace(attempt);
    if (attempt.number >= options.maxTries) return undefined;
    switch (classify(this.#error, this.#request)) {
      case "unsent":
        return this.#move(attempt, false);
      case "refused":
        return this.#move(attempt, true);
      case "stale":
        return this.#hasMetStale ? this.#repeat(attempt) : this.#repeatStale(attempt);
      case "unknown":
        return this.#repeat(attempt);
      case "final":
        return undefined;
    }
  }

  /** The try was given up because there was room for another one. */
  #replace(attempt: Attempt): Plan | undefined {
    if (attempt.sent !== undefined) this.#runs++;
    if (this.#leftMs() > 0) return { pauseMs: 0, isPaid: true, repeatsNodes: true };
    this.#load.leave();
    return undefined;
  }

  /** It did not run, so it may go to any other node. */
  #move(attempt: Attempt, isPaid: boolean): Plan | undefined {
    const { options, chance } = this.#retrier;
    const retryAfterMs = this.#askedAfterMs(attempt);
    // A dead connection says nothing of its node, and a node that names a time may be asked again at that time.
    const sameNode = retryAfterMs !== undefined || (this.#named !== attempt && attempt.sent?.isReused === true);
    if (!sameNode && this.#request.options.address !== undefined) return undefined;
    const bound = this.#moves === 0 ? 0 : Math.min(options.maxPauseMs, options.pauseMs * 2 ** (this.#moves - 1));
    const plan = this.#admit(Math.max(chance.random() * bound, retryAfterMs ?? 0), isPaid, sameNode);
    if (plan !== undefined) this.#moves++;
    return plan;
  }

  /** When a node may be asked again that named a time; `undefined` while there may be others, for whom that says nothing. */
  #askedAfterMs(attempt: Attempt): number | undefined {
    const retryAfterMs = MicroError.is(this.#error) ? this.#error.retryAfterMs : undefined;
    if (retryAfterMs === undefined || this.#request.options.address !== undefined) return retryAfterMs;
    if (this.#named === attempt) return retryAfterMs;
    this.#named = attempt;
    return undefined;
  }

  /** The peer had closed the connection: once it costs nothing to ask whether the method may run twice. */
  async #repeatStale(attempt: Attempt): Promise<Plan | undefined> {
    this.#hasMetStale = true;
    return (await this.#mayRepeat(attempt)) ? this.#admit(0, false, true) : undefined;
  }

  /** It may have run. */
  async #repeat(attempt: Attempt): Promise<Plan | undefined> {
    const { options, chance } = this.#retrier;
    this.#runs++;
    if (this.#runs >= options.tries || attemptHeader in this.#request.metadata) return undefined;
    if (!(await this.#mayRepeat(attempt))) return undefined;
    const bound = Math.min(options.maxPauseMs, options.busyPauseMs * 2 ** (this.#runs - 1));
    const retryAfterMs = MicroError.is(this.#error) ? (this.#error.retryAfterMs ?? 0) : 0;
    return this.#admit(Math.max(chance.random() * bound, retryAfterMs), true, true);
  }

  async #mayRepeat({ sent }: Attempt): Promise<boolean> {
    if (sent === undefined || sent.bytes > this.#retrier.options.maxBodyBytes) return false;
    const leftMs = this.#leftMs();
    return leftMs > 0 && (await this.#retrier.idempotent.has(this.#request, leftMs));
  }

  #admit(pauseMs: number, isPaid: boolean, repeatsNodes: boolean): Plan | undefined {
    // No pause into the deadline: the caller hears at once what went wrong, instead of a 408 later.
    if (pauseMs >= this.#leftMs()) return undefined;
    if (isPaid && !this.#load.enter()) return undefined;
    return { pauseMs, isPaid, repeatsNodes };
  }

  async #pause({ pauseMs, repeatsNodes }: Plan): Promise<void> {
    this.#tell(pauseMs);
    this.#request.repeatsNodes = repeatsNodes;
    if (!(await this.#retrier.pauses.wait(pauseMs, this.#request.cancellation))) throw this.#error;
  }

  async #tryAgain(): Promise<{ readonly isAnswer: boolean; readonly value: unknown }> {
    try {
      return { isAnswer: true, value: await this.#next(this.#request) };
    } catch (error) {
      return { isAnswer: false, value: error };
    }
  }

  /** When not even a node was picked, what the try before failed with says more, unless the time was over. */
  #adopt(error: unknown, failed: Attempt | undefined): void {
    if (this.#request.lastAttempt !== failed) this.#error = error;
    else if (MicroError.is(error) && error.code === 408) throw error;
    // There was no other node, so now the one that named a time is waited for.
    else if (failed === undefined || this.#named !== failed || this.#request.repeatsNodes) throw this.#error;
  }

  #leftMs(): number {
    return this.#request.deadline - this.#retrier.chance.now();
  }

  #tell(pauseMs: number): void {
    const { route, lastAttempt } = this.#request;
    const { service, method } = route;
    const { node, number } = lastAttempt as Attempt;
    tell({ service, method, address: node.address, attempt: number, pauseMs, error: this.#error });
  }
}

/** The next try of a call. */
interface Plan {
  readonly pauseMs: number;
  /** Whether it came out of the budget. */
  readonly isPaid: boolean;
  /** Whether it may go to a node that was tried when there is no other. */
  readonly repeatsNodes: boolean;
}

import { setTimeout as sleep } from "node:timers/promises";
import { ConsulFailure } from "./errors.ts";
import type { ConsulAnswer } from "./http-client.ts";
import type { Link } from "./link.ts";

/** A question that Consul holds until its answer changes, asked again and again. */
export interface PollOptions {
  readonly link: Link;
  /** How long Consul holds it, in milliseconds. */
  readonly waitMs: number;
  /** What is asked next; `undefined` ends it. Another path than the last one begins anew. */
  readonly next: () => PollTarget | undefined;
  /** Something came that was not there before, or may not have been. Says how long to let it rest, in milliseconds. */
  readonly onChange: (answer: ConsulAnswer, target: PollTarget, askedAt: number) => number;
  /** An answer that is of no use. */
  readonly onTrouble: (error: unknown) => void;
}

/** What a poll asks. */
export interface PollTarget {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * Asks by the rules of Consul's blocking queries: an answer need not mean a change, an index that goes backwards is
 * forgotten, one below 1 is taken for 1 as nothing would be held otherwise, and whoever is answered at once rests.
 */
export class Poll {
  readonly #options: PollOptions;
  readonly #stop = new AbortController();
  #isRunning = false;

  constructor(options: PollOptions) {
    this.#options = options;
  }

  /** Begins, unless it runs. */
  start(): void {
    if (this.#isRunning || this.#stop.signal.aborted) return;
    this.#isRunning = true;
    void this.#run().finally(() => {
      this.#isRunning = false;
    });
  }

  /** Ends it and the question that is under way, for good. */
  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { link, next, onTrouble } = this.#options;
    let state: PollState = { path: "", index: 0, failures: 0 };
    for (;;) {
      await link.whenUp();
      if (this.#stop.signal.aborted) return;
      const target = next();
      if (target === undefined) return;
      if (target.path !== state.path) state = { path: target.path, index: 0, failures: 0 };
      const askedAt = performance.now();
      let pauseMs: number;
      try {
        pauseMs = await this.#ask(target, state, askedAt);
        state.failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        state.index = 0;
        state.failures++;
        if (!(error instanceof ConsulFailure && error.kind === "unreachable")) onTrouble(error);
        pauseMs = link.failure === undefined ? backoffMs(state.failures) : 0;
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #ask(target: PollTarget, state: PollState, askedAt: number): Promise<number> {
    const { link, waitMs, onChange } = this.#options;
    const held = { index: String(state.index), wait: `${Math.ceil(waitMs)}ms` };
    const answer = await link.ask({
      path: target.path,
      query: state.index === 0 ? { ...target.query } : { ...target.query, ...held },
      // Consul adds up to a sixteenth so that not all come back together.
      timeoutMs: waitMs + waitMs / 16 + 10_000,
      signal: this.#stop.signal,
      isHeld: true,
    });
    const isValid = Number.isSafeInteger(answer.index) && answer.index >= 1;
    const given = isValid ? answer.index : 1;
    const isBackwards = isValid && given < state.index;
    const isSame = isValid && given === state.index;
    state.index = isBackwards ? 0 : given;
    const restMs = isSame ? 0 : onChange(answer, target, askedAt);
    // An answer that comes at once without a change would come at once again.
    const isIdle = isSame || isBackwards || !isValid;
    return Math.max(restMs, isIdle ? leastMs - (performance.now() - askedAt) : 0);
  }
}

/** How long to wait after so many failures in a row: from 1 s to 30 s, less up to a half so that not all come together. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(failures - 1, 5)) * (1 - Math.random() / 2);
}

// Two a second.
const leastMs = 500;

interface PollState {
  path: string;
  /** What is asked with; 0 begins anew. */
  index: number;
  failures: number;
}

import type { Attempt, AttemptNext, ClientRoute } from "@micro/kernel";
import { judge } from "./judge.ts";
import type { NodeHealth, Verdict } from "./node-health.ts";
import { Try } from "./try.ts";

/** What a watch takes from whoever keeps the nodes. */
export interface WatchHost {
  readonly silenceMs: number;
  readonly clock: () => number;
  node(service: string, address: string, now: number): NodeHealth;
}

// So long after a slow answer its method may be fast for good.
const tauMs = 60_000;
const patience = 3;

/** Sees how the tries of one route go, and how long its answers take at most. */
export class RouteWatch {
  readonly #host: WatchHost;
  readonly #route: ClientRoute;
  #slowestMs = Number.POSITIVE_INFINITY;
  #measuredAt = 0;

  constructor(host: WatchHost, route: ClientRoute) {
    this.#host = host;
    this.#route = route;
  }

  /** Makes a try, which it neither holds up nor changes. */
  run(next: AttemptNext, attempt: Attempt): Promise<unknown> {
    const now = this.#host.clock();
    const node = this.#host.node(this.#route.service, attempt.node.address, now);
    const one = new Try(now, now + this.#overdueMs);
    node.begin(one, now);
    try {
      const result = next(attempt);
      result.then(
        () => this.#succeed(node, one),
        (error: unknown) => this.#fail(node, one, attempt, error),
      );
      return result;
    } catch (error) {
      this.#fail(node, one, attempt, error);
      throw error;
    }
  }

  /** After how long an answer is overdue; never, before the first one of all came. */
  get #overdueMs(): number {
    return Math.max(this.#host.silenceMs, patience * this.#slowestMs);
  }

  #succeed(node: NodeHealth, one: Try): void {
    const now = this.#host.clock();
    if (!this.#route.stream) this.#note(now - one.startedAt, now);
    // A stream that opened says that somebody listens, and not that it works.
    node.end(one, this.#route.stream && !one.isTrial ? "unknown" : "answered", now);
  }

  #fail(node: NodeHealth, one: Try, { sent }: Attempt, error: unknown): void {
    const now = this.#host.clock();
    const verdict: Verdict = judge(error, this.#route.service, sent?.isReused === true, now - one.startedAt);
    node.end(one, verdict, now);
  }

  #note(tookMs: number, now: number): void {
    const isFirst = this.#slowestMs === Number.POSITIVE_INFINITY;
    const faded = isFirst ? 0 : this.#slowestMs * Math.exp((this.#measuredAt - now) / tauMs);
    this.#slowestMs = Math.max(tookMs, faded);
    this.#measuredAt = now;
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { ConsulFailure, describeFailure } from "./errors.ts";
import { type ConsulAnswer, type ConsulRequest, HttpClient } from "./http-client.ts";
import type { ResolvedConsulOptions } from "./options.ts";
import type { ConsulStats } from "./stats.ts";
import type { ThrottledLog } from "./throttled-log.ts";

/**
 * The way to Consul, which is there or not. While it is not, one probe a second asks for it on behalf of all, and
 * whatever else would ask fails at once or waits: however much is to be done, nobody hammers an agent that comes up.
 */
export class Link {
  readonly #options: ResolvedConsulOptions;
  readonly #stats: ConsulStats;
  readonly #log: ThrottledLog;
  readonly #client: HttpClient;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<() => void>();
  #checkState: StateCheck = async () => {};
  #hasStopped = false;
  #failure: ConsulFailure | undefined;
  #round: Promise<void> | undefined;
  #up = createGate(true);

  constructor(options: ResolvedConsulOptions, stats: ConsulStats, log: ThrottledLog) {
    this.#options = options;
    this.#stats = stats;
    this.#log = log;
    this.#client = new HttpClient(options, stats);
  }

  /** Why Consul is away; `undefined` while it is not known to be. */
  get failure(): ConsulFailure | undefined {
    return this.#failure;
  }

  /** Calls back each time that Consul is there again. */
  onReturn(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Looks at Consul when it answers again and before anybody else may ask. A failure means that it is still away. */
  beforeReturn(check: StateCheck): void {
    this.#checkState = check;
  }

  /** Waits until Consul is not known to be away. Never rejects; a closed link holds it for good. */
  whenUp(): Promise<void> {
    return this.#up.promise;
  }

  /**
   * Asks Consul, and the next agent of the list when one does not answer.
   *
   * @throws ConsulFailure
   */
  async ask(request: ConsulRequest): Promise<ConsulAnswer> {
    await this.#round;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await this.#send(request);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      await this.#round;
      if (this.#failure !== undefined || request.isHeld === true) throw error;
      return this.#send(request);
    }
  }

  close(): void {
    this.#closed.abort();
    this.#client.close();
  }

  async #send(request: ConsulRequest): Promise<ConsulAnswer> {
    try {
      const answer = await this.#client.send(request);
      if (this.#failure === undefined) this.#stats.connected = true;
      return answer;
    } catch (error) {
      if (isUnreachable(error)) this.#lose(error);
      throw error;
    }
  }

  #lose(failure: ConsulFailure): void {
    this.#stats.connected = false;
    const isKnown = this.#failure !== undefined;
    this.#failure = failure;
    if (isKnown || this.#closed.signal.aborted) return;
    this.#stats.disconnects++;
    this.#hasStopped = wasCut(failure);
    if (this.#options.agents.length === 1) this.#warnWhileAway();
    this.#up = createGate(false);
    void this.#probe();
  }

  async #probe(): Promise<void> {
    // Another agent may answer at once; for a single one the moment of its failure is too early.
    for (let isFirst = this.#options.agents.length > 1; this.#failure !== undefined; isFirst = false) {
      if (!isFirst) await this.#pause();
      if (this.#closed.signal.aborted) return;
      this.#round = this.#askAll();
      await this.#round;
      this.#round = undefined;
      this.#warnWhileAway();
    }
    if (this.#closed.signal.aborted) return;
    this.#stats.connected = true;
    this.#up.open();
    this.#log.info("Consul answers again");
    for (const listener of this.#listeners) listener();
  }

  async #askAll(): Promise<void> {
    for (let left = this.#options.agents.length; left > 0; left--) {
      this.#client.turnToNext();
      try {
        const { text } = await this.#client.send({ path: "/v1/status/leader", timeoutMs: probeLimitMs });
        if (/^\s*"[^"]+"\s*$/.test(text)) {
          await this.#checkState((request) => this.#client.send(request), this.#hasStopped);
          this.#failure = undefined;
          return;
        }
        this.#failure = new ConsulFailure("unreachable", "its agent answers and has no leader yet");
      } catch (error) {
        if (!(error instanceof ConsulFailure)) throw error;
        this.#failure = error;
        this.#hasStopped ||= wasCut(error);
      }
      if (this.#closed.signal.aborted) return;
    }
  }

  #warnWhileAway(): void {
    if (this.#failure === undefined || this.#closed.signal.aborted) return;
    const what = "services already known are still called, nodes of ours are registered as soon as it answers";
    this.#log.warn("away", `${describeFailure(this.#failure, this.#options)}; until then ${what}`);
  }

  // A mean of one a second over all, with no two processes in step; everything is fresh again within two.
  async #pause(): Promise<void> {
    await sleep(750 + Math.random() * 500, undefined, { signal: this.#closed.signal }).catch(() => {});
  }
}

// Two seconds without an answer, over a pause and a probe, are what may pass before everybody is fresh again.
const probeLimitMs = 700;

function isUnreachable(error: unknown): error is ConsulFailure {
  return error instanceof ConsulFailure && error.kind === "unreachable";
}

/** `hasStopped`: connections were cut or refused, so the agent may have ended, and was not just out of reach. */
type StateCheck = (ask: (request: ConsulRequest) => Promise<ConsulAnswer>, hasStopped: boolean) => Promise<void>;

function wasCut({ cause }: ConsulFailure): boolean {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EPIPE";
}

interface Gate {
  readonly promise: Promise<void>;
  open(): void;
}

function createGate(isOpen: boolean): Gate {
  let open: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  if (isOpen) open();
  return { promise, open };
}

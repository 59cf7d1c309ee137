import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<Machine | undefined>();

/**
 * What a node runs on. All nodes share one process, so a machine knows what is its own by the asynchronous context:
 * whatever code entered it starts, timers and promises included, belongs to it.
 */
export class Machine {
  readonly name: string;
  /** Added to the way of each message that it gets, in milliseconds. */
  slowMs = 0;
  #state: "running" | "paused" | "crashed" = "running";
  readonly #held: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** The machine whose code runs now; `undefined` outside of all. */
  static get current(): Machine | undefined {
    return current.getStore();
  }

  /** Runs something that belongs to no machine: the network. */
  static outside<Result>(work: () => Result): Result {
    return current.run(undefined, work);
  }

  /** Its network card: that answers for a process that hangs, and refuses for one that is gone. */
  get host(): Machine {
    const host = new Machine(this.name);
    host.slowMs = this.slowMs;
    return host;
  }

  get isPaused(): boolean {
    return this.#state === "paused";
  }

  get isCrashed(): boolean {
    return this.#state === "crashed";
  }

  /** Runs something as code of this machine. */
  enter<Result>(work: () => Result): Result {
    return current.run(this, work);
  }

  /** Lets something happen on it: now, at its end when it is paused, never when it crashed. */
  admit(work: () => void): void {
    if (this.#state === "running") work();
    else if (this.#state === "paused") this.#held.push(work);
  }

  crash(): void {
    this.#state = "crashed";
    this.#held.length = 0;
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** Goes on after a pause, with what came meanwhile in its order. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    for (const work of this.#held.splice(0)) this.admit(work);
  }

  /** Makes it run whatever it was, so that what is on it can be closed. */
  revive(): void {
    if (this.#state === "crashed") this.#state = "running";
    else this.resume();
  }
}

import { AsyncResource } from "node:async_hooks";
import { Machine } from "./machine.ts";

/** What a timer needs of its clock. */
export interface TimerHost {
  readonly now: number;
  schedule(timer: VirtualTimer): void;
  forget(timer: VirtualTimer): void;
}

/** What `setTimeout` and `setInterval` return on the virtual clock. It keeps nothing alive, so `ref` and `unref` are idle. */
export class VirtualTimer {
  /** When it fires. */
  at = 0;
  /** Tells apart what fires at the same time. */
  order = 0;
  isActive = false;
  readonly #host: TimerHost;
  readonly #callback: () => void;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  readonly #machine: Machine | undefined = Machine.current;
  readonly #context = new AsyncResource("VirtualTimer", { requireManualDestroy: true });

  constructor(host: TimerHost, callback: () => void, delayMs: number, repeats: boolean) {
    this.#host = host;
    this.#callback = callback;
    // As Node has it: what is no length of time that it can wait is a millisecond.
    this.#delayMs = delayMs >= 1 && delayMs <= 2 ** 31 - 1 ? Math.trunc(delayMs) : 1;
    this.#repeats = repeats;
    this.refresh();
  }

  /** Starts its time anew. */
  refresh(): this {
    this.#host.forget(this);
    this.at = this.#host.now + this.#delayMs;
    this.isActive = true;
    this.#host.schedule(this);
    return this;
  }

  /** Its time has come. */
  fire(): void {
    const run = () => {
      if (!this.isActive) return;
      this.isActive = false;
      if (this.#repeats) this.refresh();
      this.#context.runInAsyncScope(this.#callback);
    };
    if (this.#machine === undefined) run();
    else this.#machine.admit(run);
  }

  close(): this {
    this.isActive = false;
    this.#host.forget(this);
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What `setImmediate` returns on the virtual clock. */
export class VirtualImmediate {
  isActive = true;
  readonly #callback: () => void;
  readonly #machine: Machine | undefined = Machine.current;
  readonly #context = new AsyncResource("VirtualImmediate", { requireManualDestroy: true });

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  fire(): void {
    const run = () => {
      if (this.isActive) this.#context.runInAsyncScope(this.#callback);
    };
    if (this.#machine === undefined) run();
    else this.#machine.admit(run);
  }

  close(): void {
    this.isActive = false;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

import type { ResourceLimits } from "node:worker_threads";
import type { DevEvents } from "../events.ts";
import { externalsOf } from "../graph/load-externals.ts";
import type { Guest, GuestSource } from "../host/guest.ts";
import { GuestThread } from "./guest-thread.ts";
import { WorkerGuest, type WorkerGuestHost } from "./worker-guest.ts";

/** How guests in workers are bounded. */
export interface WorkerGuestOptions {
  readonly events: DevEvents;
  /** For how long the event loop of a worker may not turn, in milliseconds. Default 2000. */
  readonly blockedMs?: number;
  /** The memory of each worker. Default Node's own limits. */
  readonly resourceLimits?: ResourceLimits;
}

/** How long after one was taken the next spare worker is booted, in milliseconds: what took it comes first. */
const spareDelayMs = 30;

/** Makes guests that run in workers, and keeps one worker booted for the next. */
export class WorkerGuests implements WorkerGuestHost {
  readonly events: DevEvents;
  private readonly options: WorkerGuestOptions;
  private spare: GuestThread | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What the last code imported, which the next is likely to. */
  private imports: readonly (readonly [specifier: string, from: string])[] = [];
  private isClosed = false;

  constructor(options: WorkerGuestOptions) {
    this.options = options;
    this.events = options.events;
  }

  /** Evaluates code in a worker. Rejects with whatever the code throws, and TypeError where it cannot be isolated. */
  create(source: GuestSource): Promise<Guest> {
    this.imports = [...externalsOf(source.snapshot)];
    return WorkerGuest.create(this, source);
  }

  async takeThread(): Promise<GuestThread> {
    if (this.isClosed) throw new Error("the workers were closed");
    const { spare } = this;
    this.spare = undefined;
    const thread = spare?.isDead === false ? spare : this.createThread();
    this.planSpare();
    await thread.booted;
    return thread;
  }

  /** Ends the spare. Guests end when they are disposed. Idempotent. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.spare?.end();
    this.spare = undefined;
  }

  private planSpare(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.spare?.isDead === false) return;
      const spare = this.createThread();
      this.spare = spare;
      const warm = spare.booted.then(() => spare.bridge.ask({ ask: "warm", imports: this.imports }, "imports"));
      // Nothing depends on it: what does not load now fails where it is needed.
      warm.catch(() => {});
    }, spareDelayMs);
    this.timer.unref();
  }

  private createThread(): GuestThread {
    const { blockedMs = 2000, resourceLimits = {} } = this.options;
    return new GuestThread({ blockedMs, resourceLimits });
  }
}

import { MicroError } from "@micro/wire";
import type { Client } from "../client/client.ts";
import { withinLimit } from "../composition/closers.ts";
import type { Logger } from "../contracts/log.ts";
import type { Context, ContextOwner } from "./context.ts";
import type { ServiceDefinition } from "./service.ts";

/** What a version takes from whoever serves it. */
export interface VersionHost {
  readonly log: Logger;
  clientFor(context: Context | undefined): Client;
}

/**
 * The code of a service between two swaps. It owns the calls that were admitted while it was current, so that it can be
 * left when the last one ended.
 */
export class ServiceVersion implements ContextOwner {
  readonly definition: ServiceDefinition;
  private readonly host: VersionHost;
  private readonly life = new AbortController();
  private readonly watched = new Set<Context>();
  private inFlight = 0;
  private whenIdle: (() => void) | undefined;
  private started = false;

  constructor(host: VersionHost, definition: ServiceDefinition) {
    this.host = host;
    this.definition = definition;
  }

  get name(): string {
    return this.definition.name;
  }

  get log(): Logger {
    return this.host.log;
  }

  /** How many calls and messages run on it. */
  get calls(): number {
    return this.inFlight;
  }

  /** Whether it was stopped, though calls that were called off may not have noticed yet. */
  get isLeft(): boolean {
    return this.life.signal.aborted;
  }

  clientFor(context: Context): Client {
    return this.host.clientFor(context);
  }

  enter(): void {
    this.inFlight++;
  }

  watch(context: Context): void {
    this.watched.add(context);
  }

  leave(context: Context): void {
    if (this.watched.size > 0) this.watched.delete(context);
    if (--this.inFlight === 0) this.whenIdle?.();
  }

  /**
   * Runs the definition's `start`.
   *
   * @throws Error when it throws or takes longer than the limit; what it did is taken back with `stop`
   */
  async start(limitMs: number): Promise<void> {
    this.started = true;
    const context = { client: this.host.clientFor(undefined), log: this.log, signal: this.life.signal };
    try {
      await withinLimit(limitMs, `the start of "${this.name}"`, () => this.definition.start?.(context));
    } catch (error) {
      await this.stop(limitMs);
      throw error;
    }
  }

  /**
   * Waits for the calls under way, at most so long, then calls them off.
   *
   * @returns how many were called off
   */
  async drain(limitMs: number, reason: MicroError): Promise<number> {
    if (await this.becomesIdle(limitMs)) return 0;
    const left = this.inFlight;
    for (const context of this.watched) context.cancel(reason);
    return left;
  }

  /**
   * Calls off the calls under way.
   *
   * @returns how many
   */
  callOff(reason: MicroError): number {
    const contexts = [...this.watched];
    for (const context of contexts) context.cancel(reason);
    return contexts.length;
  }

  /** Aborts the signal of `start` and runs the definition's `stop`, once, if it was started. What that throws is logged. */
  async stop(limitMs: number): Promise<void> {
    if (!this.started) return;
    this.started = false;
    this.life.abort();
    try {
      await withinLimit(limitMs, `the stop of "${this.name}"`, () => this.definition.stop?.());
    } catch (error) {
      this.log.warn("stopping failed", { error });
    }
  }

  private becomesIdle(limitMs: number): Promise<boolean> {
    if (this.inFlight === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      this.whenIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** Why calls are called off when their version ends. */
export function callsEnded(service: string): MicroError {
  return new MicroError(service, 503, "the service stopped before the call ended", { reason: "stopping" });
}

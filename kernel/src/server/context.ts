import { type Abortable, Cancellation, type Deadline, deadlineOf, type Expiring } from "@micro/limits";
import type { Metadata } from "@micro/wire";
import type { Client } from "../client/client.ts";
import type { HandlerNext } from "../contracts/hooks.ts";
import type { Logger } from "../contracts/log.ts";
import type { MethodKind, MethodOptions } from "./service.ts";

/** What a context belongs to: the service, and what it lends to its handlers. */
export interface ContextOwner {
  readonly name: string;
  readonly log: Logger;
  clientFor(context: Context): Client;
  /** Counts a call in; {@link leave} counts it out. */
  enter(): void;
  /** Told of a context that can be called off, so that a stop reaches it; {@link Context.release} takes it back. */
  watch(context: Context): void;
  /** Told once of every context whose work ended. */
  leave(context: Context): void;
}

/**
 * What stands around a running handler or subscriber: who called, until when, and a client that carries all that on.
 */
export abstract class Context implements Expiring, Abortable {
  /** @internal */
  expiry: number = Number.POSITIVE_INFINITY;
  /** @internal */
  earlier: Expiring | undefined = undefined;
  /** @internal */
  later: Expiring | undefined = undefined;
  /** What came along, by canonical name; hop headers left out. Like the input it may be replaced by a wrap, never changed. */
  metadata: Metadata;
  private readonly owner: ContextOwner;
  private cancelling: Cancellation | undefined = undefined;
  private boundClient: Client | undefined = undefined;
  private released = false;

  constructor(owner: ContextOwner, metadata: Metadata) {
    this.owner = owner;
    this.metadata = metadata;
  }

  /** Calls with it carry this context's metadata, remaining time and cancellation on. */
  get client(): Client {
    this.boundClient ??= this.owner.clientFor(this);
    return this.boundClient;
  }

  /** The service's logger. */
  get log(): Logger {
    return this.owner.log;
  }

  /** The name of the service whose handler runs. */
  get service(): string {
    return this.owner.name;
  }

  /** Aborts at the deadline, when the caller gave up or went away, and when the kernel stops waiting for it. */
  get signal(): AbortSignal {
    return this.cancellation.signal;
  }

  /** The same as {@link signal} for code that runs often: it allocates no AbortSignal. */
  get cancellation(): Cancellation {
    if (this.cancelling === undefined) {
      this.cancelling = new Cancellation();
      if (!this.released) this.owner.watch(this);
    }
    return this.cancelling;
  }

  /** When the answer must be there, on the clock of `performance.now()`; `Infinity` when nobody set a limit. */
  get deadline(): Deadline {
    return deadlineOf(this);
  }

  /** @internal */
  abstract expire(): void;

  /** Calls the work off. */
  abort(reason: unknown): void {
    this.cancellation.abort(reason);
  }

  /** @internal Calls the work off and answers the caller, because the service stops waiting for it. */
  cancel(reason: unknown): void {
    this.abort(reason);
  }

  /** @internal The work ended; later calls do nothing. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.owner.leave(this);
  }
}

/** The context of one call of a method. */
export class CallContext extends Context {
  readonly route: HandlerRoute;
  /** The request; for methods that take a stream, an async iterable of requests. */
  input: unknown;
  /** Who calls, `10.0.0.7:51234`; `local` for a call within the kernel. */
  readonly remoteAddress: string;
  /** @internal The code that was current when the call was admitted; it runs whatever is swapped meanwhile. */
  readonly slot: HandlerNext;

  constructor(route: HandlerRoute, metadata: Metadata, input: unknown, remoteAddress: string) {
    super(route.owner, metadata);
    this.route = route;
    this.input = input;
    this.remoteAddress = remoteAddress;
    this.slot = route.slot;
  }

  /** `Say.Hello` */
  get method(): string {
    return this.route.method;
  }

  expire(): void {}
}

/** A method as a server keeps it: what wraps of `handler` see. */
export interface HandlerRoute {
  /** The version of the service whose code is current. */
  readonly owner: ContextOwner;
  /** `Say.Hello` */
  readonly method: string;
  readonly kind: MethodKind;
  readonly options: MethodOptions;
  /** @internal The current code. */
  readonly slot: HandlerNext;
}

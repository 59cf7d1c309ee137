import {
  type Abortable,
  type Cancellation,
  type Deadline,
  deadlineOf,
  deadlines,
  type Expiring,
  type Limits,
} from "@micro/limits";
import type { Duration } from "@micro/settings";
import { cancelled, deadlineExceeded, type Metadata, MicroError } from "@micro/wire";
import type { Attempt } from "../contracts/hooks.ts";
import type { Filter } from "../contracts/selector.ts";
import type { CallContext } from "../server/context.ts";
import { singleAnswer } from "../server/served-method.ts";

/** What can be said with a call. */
export interface CallOptions {
  /**
   * How long the whole call may take, retries included: milliseconds, or a text such as `"500ms"`. Default
   * `--client_request_timeout` (5 s) for calls and none for streams; 0 means none. A caller's own deadline always
   * goes before a longer one.
   */
  readonly timeout?: Duration;
  /** Added to what the context carries on. Names in any case; values one line of ASCII text. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Ends the call with a 408 when it aborts. */
  readonly signal?: AbortSignal;
  /**
   * Whether running it twice is the same as running it once, so that it may be sent again when nobody knows whether it
   * ran. Default what the service says of the method, see `method({ idempotent })`.
   */
  readonly idempotent?: boolean;
  /** `host:port` to call instead of a node from the registry; no selection, as 2016's CallRemote. */
  readonly address?: string;
  /** Narrows the nodes: `filterVersion("1.0.0")`, `filterLabel("zone", "a")`, `filterEndpoint("Say.Hello")`. */
  readonly filters?: readonly Filter[];
  /** How the call is encoded. Default `application/json`, or the first content type a codec was installed for. */
  readonly contentType?: string;
  /** The schema of the request, for codecs that need one; what stands with the method in the service's definition. */
  readonly input?: unknown;
  /** The schema of the answer. */
  readonly output?: unknown;
  /** With an address: `mucp` for a go-micro 1 server that is to be streamed to. Default the protocol of 2016, which all answer. */
  readonly protocol?: "mucp";
}

/** A service's method as the client keeps it, with its wraps. */
export interface ClientRoute {
  readonly service: string;
  /** `Say.Hello` */
  readonly method: string;
  /** Whether it opens a stream. The same method may have a route of each kind. */
  readonly stream: boolean;
}

/** One call on its way; what wraps of `client` see. All have the same shape, so that the engine keeps them fast. */
export class ClientRequest implements Expiring, Limits, Abortable {
  // Not inherited from Expiring: a base class makes the engine build the object by a slower way, which is a tenth of a
  // call within the kernel.
  /** @internal */
  expiry: number;
  /** @internal */
  earlier: Expiring | undefined = undefined;
  /** @internal */
  later: Expiring | undefined = undefined;
  readonly route: ClientRoute;
  /** The request itself; for a stream the first item, or an async iterable of items, or `undefined`. */
  readonly input: unknown;
  readonly options: CallOptions;
  /** What the call carries, by canonical name. It is shared with other calls: a wrap that adds to it puts a copy in its place. */
  metadata: Metadata;
  /** Who may call it off; `undefined` when nobody can. */
  readonly cancellation: Cancellation | undefined;
  /** The timeout it was given, in milliseconds; 0 for none, and when it inherits a deadline. */
  readonly timeoutMs: number;
  /** Whether it went to a service of the same kernel, where there is no other node to try. */
  isLocal = false;
  /** The latest try, with those before it; `undefined` until a node was picked, and for a local call. */
  lastAttempt: Attempt | undefined = undefined;
  /**
   * Whether a node that was tried is tried again when there is no other; else the pick fails with 503 `none_available`.
   * A wrap that calls `next` again may change it.
   */
  repeatsNodes = true;
  private context: CallContext | undefined = undefined;
  private resolve: ((value: unknown) => void) | undefined = undefined;
  private reject: ((error: unknown) => void) | undefined = undefined;

  constructor(
    route: ClientRoute,
    input: unknown,
    options: CallOptions,
    metadata: Metadata,
    cancellation: Cancellation | undefined,
    timeoutMs: number,
    expiry: number,
  ) {
    this.route = route;
    this.input = input;
    this.options = options;
    this.metadata = metadata;
    this.cancellation = cancellation;
    this.timeoutMs = timeoutMs;
    this.expiry = expiry;
  }

  /** When it ends, on the clock of `performance.now()`; `Infinity` for never. */
  get deadline(): Deadline {
    return deadlineOf(this);
  }

  /**
   * Waits for work that knows nothing of deadlines, and gives up on it at this request's deadline or cancellation.
   *
   * @internal
   */
  bound<Value>(work: PromiseLike<Value>): Promise<Value> {
    const bounded = new Promise<Value>((resolve, reject) => {
      this.resolve = resolve as (value: unknown) => void;
      this.reject = reject;
    });
    if (this.expiry !== Number.POSITIVE_INFINITY) deadlines.add(this);
    work.then(
      (value) => this.answer(value),
      (error) => this.fail(this.context === undefined ? error : MicroError.from(error, this.route.service)),
    );
    // Last, as it may abort at once.
    this.cancellation?.add(this);
    return bounded;
  }

  /**
   * Waits for the handler of a service of the same kernel, and tells its context when nobody waits any longer.
   *
   * @internal
   */
  boundHandler(work: PromiseLike<unknown>, context: CallContext): Promise<unknown> {
    this.context = context;
    return this.bound(work);
  }

  private answer(value: unknown): void {
    this.release();
    try {
      this.resolve?.(this.context === undefined ? value : singleAnswer(this.context.route, value));
    } catch (error) {
      this.reject?.(error);
    }
  }

  /** @internal */
  expire(): void {
    const error = deadlineExceeded();
    this.context?.abort(error);
    this.fail(error);
  }

  /** @internal */
  abort(reason: unknown): void {
    const error = cancelled(reason);
    this.context?.abort(error);
    this.fail(error);
  }

  private fail(error: unknown): void {
    this.release();
    this.reject?.(error);
  }

  private release(): void {
    deadlines.delete(this);
    this.cancellation?.delete(this);
    this.context?.release();
  }
}

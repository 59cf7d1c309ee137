import type { Deadline, Limits } from "@micro/limits";
import type { Codec, MicroError, SchemaMapping } from "@micro/wire";
import { AsyncSeriesHook, AsyncSeriesWaterfallHook, SyncBailHook, SyncHook, SyncWaterfallHook } from "tapable";
import type { ClientRequest, ClientRoute } from "../client/client-request.ts";
import type { Kernel } from "../kernel.ts";
import type { CallContext, HandlerRoute } from "../server/context.ts";
import type { Publication, SubscriberContext } from "../server/pubsub.ts";
import type { RegistryEvent, ServiceNode, ServiceRecord } from "./registry.ts";
import type { Selection } from "./selector.ts";
import type { Connection } from "./transport.ts";

/**
 * A call as its caller sees it: once, whatever is tried inside. Streams resolve to their open stream. Whoever calls it
 * again with the same request tries again, on a node that was not tried yet if there is one.
 */
export type ClientNext = (request: ClientRequest) => Promise<unknown>;

/** One try of a call on one node. */
export type AttemptNext = (attempt: Attempt) => Promise<unknown>;

/** The pick of a node. */
export type SelectNext = (selection: Selection) => ServiceNode | Promise<ServiceNode>;

/** The way to a connection. Whoever got one calls `close()` when done, which gives it back where there is a pool. */
export type DialNext = (target: DialTarget) => Connection | Promise<Connection>;

/** A handler: returns its answer or a promise of it; for streams an async iterable. */
export type HandlerNext = (context: CallContext) => unknown;

/** The way of a call that came over a transport to its handler. Whoever does not go on refuses it, now or later. */
export type AdmitNext = (arrival: Arrival) => void;

/** The way of a message out. */
export type PublishNext = (publication: Publication) => Promise<void>;

/** The way of a message in. */
export type SubscriberNext = (context: SubscriberContext) => void | Promise<void>;

/** One try of a call, with the node it goes to. */
export interface Attempt {
  readonly request: ClientRequest;
  readonly node: ServiceNode;
  /** 1 for the first try. */
  readonly number: number;
  /** The try before it, which failed; `undefined` for the first. */
  readonly previous: Attempt | undefined;
  /** Until when it may take and who may call it off: the request, unless a wrap puts something narrower in its place. */
  limits: Limits;
  /** What is known of a message that was sent and got no good answer; `undefined` until then. */
  sent: SentMessage | undefined;
}

/** What went out in a try that failed. */
export interface SentMessage {
  /** Whether its connection had carried an exchange before, so that an idle peer may just have closed it. */
  readonly isReused: boolean;
  /** The length of the body. */
  readonly bytes: number;
}

/** A call that came over a transport, before its value was read and its handler runs. */
export interface Arrival {
  readonly route: HandlerRoute;
  /** Who calls, `10.0.0.7:51234`. */
  readonly remoteAddress: string;
  /** When its caller stops waiting, on the clock of `performance.now()`; `Infinity` for a stream that may stay open. */
  readonly deadline: Deadline;
  /**
   * Called once when it ended, answered or not, also when it never ran: its time was over, its caller left. A wrap that
   * sets it calls what stood there.
   */
  onEnd: (() => void) | undefined;
  /**
   * Ends it with an error that stands outside the envelope, so that `notProcessed` and `retryAfterMs` travel; over HTTP
   * its connection ends too. What ended already stays as it is.
   */
  refuse(error: MicroError): void;
  /** @internal Runs the handler, unless it ended meanwhile. */
  run(): void;
}

/** Where a connection is wanted, and until when. */
export interface DialTarget extends Limits {
  /** `host:port` */
  readonly address: string;
}

/**
 * Everything a plugin can observe, amend or wrap. A wrap is a tap that takes `next` and returns a function of the
 * same kind; it is called once per route and its result kept, so state in its closure lives as long as the route.
 * The first plugin's wrap is the outermost.
 */
export interface KernelHooks {
  /** Everything is made, nothing is served yet. A tap that fails stops the start. */
  readonly start: AsyncSeriesHook<[Kernel]>;
  /** Everything is served and registered. */
  readonly ready: SyncHook<[Kernel]>;
  /** The stop began; services are still served. */
  readonly stopping: SyncHook<[Kernel]>;
  /** Amend a record before it is registered: return the new one. */
  readonly advertise: AsyncSeriesWaterfallHook<[ServiceRecord]>;
  /** See every change that the registry tells of. */
  readonly discovered: SyncHook<[RegistryEvent]>;
  /** Wrap calls and streams of the client, once per service and method. */
  readonly client: SyncWaterfallHook<[ClientNext, ClientRoute]>;
  /** Wrap each try of a call, once per service and method. */
  readonly attempt: SyncWaterfallHook<[AttemptNext, ClientRoute]>;
  /** Wrap the pick of a node. */
  readonly select: SyncWaterfallHook<[SelectNext]>;
  /** Wrap dialling. */
  readonly dial: SyncWaterfallHook<[DialNext]>;
  /** Wrap the way of calls from a transport to their handler, once per service and method: let them in, let them wait, refuse. */
  readonly admit: SyncWaterfallHook<[AdmitNext, HandlerRoute]>;
  /** Wrap a handler, once per service and method; swapping the service's code keeps the wrap. */
  readonly handler: SyncWaterfallHook<[HandlerNext, HandlerRoute]>;
  /** Wrap publishing, once. */
  readonly publish: SyncWaterfallHook<[PublishNext]>;
  /** Wrap a subscriber, once per service and topic. */
  readonly subscriber: SyncWaterfallHook<[SubscriberNext, string]>;
  /** Supply the codec of a content type (lower case, without parameters); the first answer counts. */
  readonly codec: SyncBailHook<[string], Codec | undefined>;
  /** Supply how the values of a schema look in JSON; the first answer counts. */
  readonly schema: SyncBailHook<[unknown], SchemaMapping | undefined>;
}

/** The hooks of one kernel, frozen: nobody replaces one. */
export function createHooks(): KernelHooks {
  return Object.freeze({
    start: new AsyncSeriesHook<[Kernel]>(["kernel"]),
    ready: new SyncHook<[Kernel]>(["kernel"]),
    stopping: new SyncHook<[Kernel]>(["kernel"]),
    advertise: new AsyncSeriesWaterfallHook<[ServiceRecord]>(["record"]),
    discovered: new SyncHook<[RegistryEvent]>(["event"]),
    client: new SyncWaterfallHook<[ClientNext, ClientRoute]>(["next", "route"]),
    attempt: new SyncWaterfallHook<[AttemptNext, ClientRoute]>(["next", "route"]),
    select: new SyncWaterfallHook<[SelectNext]>(["next"]),
    dial: new SyncWaterfallHook<[DialNext]>(["next"]),
    admit: new SyncWaterfallHook<[AdmitNext, HandlerRoute]>(["next", "route"]),
    handler: new SyncWaterfallHook<[HandlerNext, HandlerRoute]>(["next", "route"]),
    publish: new SyncWaterfallHook<[PublishNext]>(["next"]),
    subscriber: new SyncWaterfallHook<[SubscriberNext, string]>(["next", "topic"]),
    codec: new SyncBailHook<[string], Codec | undefined>(["contentType"]),
    schema: new SyncBailHook<[unknown], SchemaMapping | undefined>(["schema"]),
  });
}

interface Tap {
  readonly name: string;
  // tapable types it so: each hook has its own signature.
  // biome-ignore lint/complexity/noBannedTypes: see above
  readonly fn: Function;
}

/**
 * Folds the taps of a wrapping hook around `innermost`, the first tap outermost as in go-micro. tapable's own
 * waterfall would make the last tap outermost, pass over one that returns nothing, and hand on a promise.
 *
 * @throws TypeError that names the plugin whose tap did not return a function
 */
export function compose<Next>(hookName: string, taps: readonly Tap[], innermost: Next, ...route: unknown[]): Next {
  let next = innermost;
  for (const tap of taps.toReversed()) {
    const wrapped: unknown = tap.fn(next, ...route);
    if (typeof wrapped !== "function") throw notAWrap(hookName, tap.name, wrapped);
    next = wrapped as Next;
  }
  return next;
}

function notAWrap(hookName: string, plugin: string, returned: unknown): TypeError {
  const what = returned instanceof Promise ? "a promise; wraps are composed without waiting" : String(returned);
  return new TypeError(`plugin "${plugin}" must return a function from its tap on the "${hookName}" hook, not ${what}`);
}

import type { MethodKind } from "@micro/kernel";
import type { Resolved } from "../graph/resolve-local.ts";
import type { Transformed } from "../graph/transform.ts";
import type { BridgeMessage } from "./bridge.ts";

/** What a worker is started with. */
export interface WorkerStart {
  /** Counted up while its event loop turns. */
  readonly beats: SharedArrayBuffer;
}

/** A file as a worker gets it: what the host made of it. */
export interface SentModule {
  readonly file: string;
  readonly transformed: Transformed;
  readonly resolved: ReadonlyMap<string, Resolved>;
}

/** The files of an entry. */
export interface SentGraph {
  readonly entry: string;
  readonly modules: readonly SentModule[];
  readonly digest: string;
  readonly topLevelAwait: string | undefined;
}

/** What code turned out to be. */
export interface GuestShape {
  readonly name: string;
  readonly version: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly methods: readonly MethodShape[];
  readonly subscribers: readonly SubscriberShape[];
  readonly handsOver: boolean;
  readonly accepts: boolean;
}

/** A method, `Say.Hello`. */
export interface MethodShape {
  readonly handler: string;
  readonly method: string;
  readonly kind: MethodKind;
  readonly idempotent: boolean | undefined;
}

/** A subscriber of a topic. */
export interface SubscriberShape {
  readonly topic: string;
  readonly queue: string | undefined;
}

/** What goes with a call or message. */
export interface CarriedContext {
  readonly metadata: Readonly<Record<string, string>>;
  /** What is left until the deadline, in milliseconds: clocks of threads differ. */
  readonly leftMs: number;
}

/** What the host asks of a worker. */
export type WorkerOpening =
  /** Loads packages, so that they are there when code needs them. */
  | { readonly ask: "warm"; readonly imports: readonly (readonly [specifier: string, from: string])[] }
  | {
      readonly ask: "evaluate";
      readonly graph: SentGraph;
      readonly root: string;
      readonly env: Readonly<Record<string, string | undefined>>;
    }
  | { readonly ask: "start" }
  | { readonly ask: "stop" }
  | { readonly ask: "handover" }
  | { readonly ask: "accept"; readonly input: unknown }
  | (CarriedContext & {
      readonly ask: "call";
      readonly handler: string;
      readonly method: string;
      readonly remoteAddress: string;
      readonly input: unknown;
    })
  | (CarriedContext & { readonly ask: "message"; readonly topic: string; readonly input: unknown });

/** What can be said with a call from a worker: what of `CallOptions` is data. */
export interface CarriedOptions {
  readonly timeout?: number | string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly idempotent?: boolean;
  readonly address?: string;
  readonly contentType?: string;
  readonly protocol?: "mucp";
}

/** What a worker asks of the host. `context` is the line of the call that it runs, which goes on with it. */
export type HostOpening =
  | {
      readonly ask: "call" | "stream";
      readonly context: number | undefined;
      readonly service: string;
      readonly method: string;
      readonly input: unknown;
      readonly options: CarriedOptions;
    }
  | {
      readonly ask: "publish";
      readonly context: number | undefined;
      readonly topic: string;
      readonly input: unknown;
      readonly options: CarriedOptions;
    }
  | { readonly ask: "graph"; readonly file: string };

export type ToWorker = BridgeMessage<WorkerOpening>;
export type ToHost =
  | BridgeMessage<HostOpening>
  /** The worker is booted. */
  | { readonly type: "booted" }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    };

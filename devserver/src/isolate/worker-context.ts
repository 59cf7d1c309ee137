import { type CallContext, Cancellation, type Logger, type Method, type SubscriberContext } from "@micro/kernel";
import type { Bridge, Line } from "./bridge.ts";
import type { CarriedContext, HostOpening, WorkerOpening } from "./messages.ts";
import { WorkerClient } from "./worker-client.ts";

/** What all contexts of a worker share. */
export interface WorkerService {
  readonly name: string;
  readonly log: Logger;
  readonly bridge: Bridge<HostOpening, WorkerOpening>;
}

/** What a handler in a worker sees of the host's context of the call: the members that are for users. */
class WorkerContext
  implements
    Pick<CallContext, "metadata" | "client" | "log" | "service" | "signal" | "cancellation" | "deadline" | "abort">
{
  metadata: Readonly<Record<string, string>>;
  readonly cancellation: Cancellation = new Cancellation();
  readonly deadline: number;
  private readonly owner: WorkerService;
  /** @internal */
  readonly line: Line;
  private bound: WorkerClient | undefined;

  constructor(owner: WorkerService, line: Line, { metadata, leftMs }: CarriedContext) {
    this.owner = owner;
    this.line = line;
    this.metadata = metadata;
    this.deadline = performance.now() + leftMs;
    line.onAbort = (reason) => this.cancellation.abort(reason);
  }

  get client(): WorkerClient {
    this.bound ??= new WorkerClient(this.owner.bridge, this);
    return this.bound;
  }

  get log(): Logger {
    return this.owner.log;
  }

  get service(): string {
    return this.owner.name;
  }

  get signal(): AbortSignal {
    return this.cancellation.signal;
  }

  abort(reason: unknown): void {
    this.cancellation.abort(reason);
  }
}

/** The context of a call. */
export class WorkerCallContext
  extends WorkerContext
  implements Pick<CallContext, "method" | "remoteAddress" | "input" | "route">
{
  readonly route: CallContext["route"];
  readonly remoteAddress: string;
  input: unknown;

  constructor(owner: WorkerService, line: Line, carried: CarriedContext, route: Route, remoteAddress: string) {
    super(owner, line, carried);
    const { kind, options } = route.definition;
    this.route = { owner, method: route.method, kind, options } as unknown as CallContext["route"];
    this.remoteAddress = remoteAddress;
  }

  get method(): string {
    return this.route.method;
  }
}

/** A method with its name, `Say.Hello`. */
export interface Route {
  readonly method: string;
  readonly definition: Method;
}

/** The context of a message. */
export class WorkerSubscriberContext extends WorkerContext implements Pick<SubscriberContext, "topic" | "message"> {
  readonly topic: string;
  message: unknown;

  constructor(owner: WorkerService, line: Line, carried: CarriedContext, topic: string, message: unknown) {
    super(owner, line, carried);
    this.topic = topic;
    this.message = message;
  }
}

import { type Codec, cancelled } from "@micro/wire";
import {
  type Attempt,
  type AttemptNext,
  type ClientNext,
  compose,
  type DialNext,
  type KernelHooks,
  type SelectNext,
} from "../contracts/hooks.ts";
import type { ServiceNode } from "../contracts/registry.ts";
import type { Selection } from "../contracts/selector.ts";
import type { Publication } from "../server/pubsub.ts";
import { isPromise } from "../server/served-method.ts";
import type { ServedService } from "../server/served-service.ts";
import type { CallOptions, ClientRequest, ClientRoute } from "./client-request.ts";
import { filterUntried } from "./filters.ts";
import { callLocal, localTarget } from "./local-call.ts";
import { callRemote, type HeaderMemos, openRemote, type Target } from "./remote-call.ts";

/** What the client takes from its kernel. */
export interface ClientHost {
  readonly hooks: KernelHooks;
  readonly local: "reference" | "encode" | false;
  /** The default timeout of a call, in milliseconds. */
  readonly timeoutMs: number;
  /** The default content type. */
  readonly contentType: string;
  codec(contentType: string): Codec;
  readonly pick: SelectNext;
  readonly dial: DialNext;
  publish(publication: Publication): Promise<void>;
}

const maxServices = 10_000;
const maxMethods = 1000;

/** Keeps the routes of a kernel's client and sends requests along them. */
export class ClientCore {
  readonly host: ClientHost;
  private readonly services = new Map<string, ServiceRoutes>();

  constructor(host: ClientHost) {
    this.host = host;
  }

  /** The route of a method's calls. */
  route(service: string, method: string): Route {
    const routes = this.services.get(service) ?? this.addService(service);
    return routes.calls.get(method) ?? this.addRoute(routes, method, false);
  }

  /** The route of a method's streams. */
  streamRoute(service: string, method: string): Route {
    const routes = this.services.get(service) ?? this.addService(service);
    return routes.streams.get(method) ?? this.addRoute(routes, method, true);
  }

  /** Runs a request through its route's wraps. */
  run(request: ClientRequest): Promise<unknown> {
    return (request.route as Route).run(request);
  }

  /** Calls to the name go to this service of the same kernel from now on, or, without one, over the wire again. */
  setLocal(service: string, served: ServedService | undefined): void {
    (this.services.get(service) ?? this.addService(service)).local = served;
  }

  private addService(name: string): ServiceRoutes {
    const routes = new ServiceRoutes(name);
    // Names may come from outside. A service that is really there soon has its routes again.
    if (this.services.size >= maxServices) this.forgetOldest();
    this.services.set(name, routes);
    return routes;
  }

  private forgetOldest(): void {
    for (const [name, routes] of this.services) {
      if (routes.local !== undefined) continue;
      this.services.delete(name);
      return;
    }
  }

  private addRoute(routes: ServiceRoutes, method: string, stream: boolean): Route {
    const route = new Route(this.host, routes, method, stream);
    const known = stream ? routes.streams : routes.calls;
    if (known.size < maxMethods) known.set(method, route);
    return route;
  }
}

/** What the client keeps of one service. */
class ServiceRoutes {
  readonly name: string;
  readonly calls: Map<string, Route> = new Map();
  readonly streams: Map<string, Route> = new Map();
  readonly headers: HeaderMemos = new WeakMap();
  local: ServedService | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }
}

/** One method of one service, with the wraps of `client` and `attempt` composed around the way there. */
export class Route implements ClientRoute {
  readonly service: string;
  readonly method: string;
  readonly stream: boolean;
  readonly run: ClientNext;
  private readonly host: ClientHost;
  private readonly routes: ServiceRoutes;
  private readonly attempt: AttemptNext;
  private readonly selection: Selection;
  private readonly send: (request: ClientRequest, target: Target) => Promise<unknown>;

  constructor(host: ClientHost, routes: ServiceRoutes, method: string, stream: boolean) {
    this.host = host;
    this.routes = routes;
    this.service = routes.name;
    this.method = method;
    this.stream = stream;
    this.selection = { service: routes.name, method, filters: [] };
    const { client, attempt } = host.hooks;
    const sender = { host, headers: routes.headers };
    this.send = stream ? openRemote.bind(undefined, sender) : callRemote.bind(undefined, sender);
    const sendTo: AttemptNext = (attempt) => this.send(attempt.request, nodeTarget(host, attempt));
    this.attempt = compose<AttemptNext>("attempt", attempt.taps, sendTo, this);
    this.run = compose<ClientNext>("client", client.taps, (request) => this.dispatch(request), this);
  }

  private dispatch(request: ClientRequest): Promise<unknown> {
    const { local } = this.routes;
    if (local === undefined || !isLocal(this.host, local, request.options)) return this.tryNode(request);
    request.isLocal = true;
    if (this.host.local === "reference" && !this.stream) return callLocal(local, request);
    return this.send(request, localTarget(local, request));
  }

  private async tryNode(request: ClientRequest): Promise<unknown> {
    if (request.cancellation?.aborted === true) throw cancelled(request.cancellation.reason);
    const picked = this.nodeFor(request);
    // Not awaited where it is known: what counts the calls of a node must count this one before the next is picked.
    const node = isPromise(picked) ? await picked : picked;
    const previous = request.lastAttempt;
    const number = previous === undefined ? 1 : previous.number + 1;
    request.lastAttempt = { request, node, number, previous, limits: request, sent: undefined };
    return this.attempt(request.lastAttempt);
  }

  private nodeFor(request: ClientRequest): ServiceNode | Promise<ServiceNode> {
    const { address, filters, protocol } = request.options;
    if (address !== undefined) return { id: address, address, metadata: protocol === undefined ? {} : { protocol } };
    let selection = filters === undefined ? this.selection : { ...this.selection, filters };
    if (request.lastAttempt !== undefined) {
      selection = { ...selection, filters: [...selection.filters, filterUntried(request)] };
    }
    const node = this.host.pick(selection);
    return isPromise(node) ? request.bound(node) : node;
  }
}

function nodeTarget(host: ClientHost, attempt: Attempt): Target {
  const { deadline, cancellation } = attempt.limits;
  const { address, metadata } = attempt.node;
  const connect = (): ReturnType<DialNext> => host.dial({ address, deadline, cancellation });
  return { metadata, attempt, schemas: attempt.request.options, connect };
}

function isLocal(host: ClientHost, local: ServedService, options: CallOptions): boolean {
  if (host.local === false || options.address !== undefined || local.isRefusing) return false;
  if (options.filters === undefined) return true;
  const { record } = local;
  if (record === undefined) return false;
  return (
    options.filters.reduce((records, filter) => filter(records), [record] as readonly (typeof record)[]).length > 0
  );
}

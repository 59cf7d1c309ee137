import { relative } from "node:path";
import { inspect } from "node:util";
import type { MessagePort } from "node:worker_threads";
import {
  createSlot,
  type Logger,
  resolveMethod,
  type ServiceDefinition,
  type Subscriber,
  singleAnswer,
} from "@micro/kernel";
import { evaluateAwaiting } from "../graph/evaluate.ts";
import type { Hot } from "../host/guest.ts";
import { serviceOf } from "../host/service-of.ts";
import type { Bridge, Line } from "./bridge.ts";
import type { GuestShape, HostOpening, MethodShape, SubscriberShape, WorkerOpening } from "./messages.ts";
import { WorkerClient } from "./worker-client.ts";
import { type Route, WorkerCallContext, type WorkerService, WorkerSubscriberContext } from "./worker-context.ts";
import { receiveGraph, type WorkerGraph } from "./worker-graph.ts";

type Evaluate = Extract<WorkerOpening, { ask: "evaluate" }>;
type Call = Extract<WorkerOpening, { ask: "call" }>;
type Delivery = Extract<WorkerOpening, { ask: "message" }>;

/**
 * Evaluates the code of a service.
 *
 * @throws whatever it throws, and TypeError for a service that cannot be reached in a worker
 */
export async function loadService(
  { graph: sent, root }: Evaluate,
  graph: WorkerGraph,
  bridge: Bridge<HostOpening, WorkerOpening>,
  port: MessagePort,
): Promise<RunningService> {
  const snapshot = receiveGraph(sent);
  await graph.loadExternals(snapshot);
  const exports = await evaluateAwaiting(graph, snapshot, wholeProcess);
  const { definition, hot } = serviceOf(exports, relative(root, sent.entry));
  return new RunningService(definition, hot, bridge, createLog(port));
}

/** A worker ends with its code: nothing has to be taken back. */
const wholeProcess = {
  names: { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, process, console },
  override: (): undefined => undefined,
};

/** The code of a service, and the calls that run on it. */
export class RunningService implements WorkerService {
  readonly shape: GuestShape;
  readonly log: Logger;
  readonly bridge: Bridge<HostOpening, WorkerOpening>;
  private readonly definition: ServiceDefinition;
  private readonly hot: Hot | undefined;
  private readonly routes: ReadonlyMap<string, Route>;
  private readonly subscribers: ReadonlyMap<string, Subscriber>;
  private readonly life = new AbortController();

  constructor(
    definition: ServiceDefinition,
    hot: Hot | undefined,
    bridge: Bridge<HostOpening, WorkerOpening>,
    log: Logger,
  ) {
    this.definition = definition;
    this.hot = hot;
    this.bridge = bridge;
    this.log = log;
    this.routes = new Map(routesOf(definition).map((route) => [route.method, route]));
    this.subscribers = new Map(
      Object.entries(definition.subscribers ?? {}).map(([topic, value]) => [
        topic,
        typeof value === "function" ? value : value.handler,
      ]),
    );
    this.shape = this.describe();
  }

  get name(): string {
    return this.definition.name;
  }

  async run(opening: WorkerOpening, line: Line): Promise<void> {
    switch (opening.ask) {
      case "start": {
        const { log, life, definition } = this;
        await definition.start?.({ client: new WorkerClient(this.bridge), log, signal: life.signal });
        return line.done(undefined);
      }
      case "stop":
        this.life.abort();
        await this.definition.stop?.();
        return line.done(undefined);
      case "handover":
        line.what = "what hot.handover() returns";
        return line.done(await this.hot?.handover?.());
      case "accept":
        await this.hot?.accept?.(opening.input);
        return line.done(undefined);
      case "call":
        return this.call(opening, line);
      case "message":
        return this.deliver(opening, line);
      case "warm":
      case "evaluate":
        throw new Error("the worker has its code already");
    }
  }

  private async call(opening: Call, line: Line): Promise<void> {
    const name = `${opening.handler}.${opening.method}`;
    const route = this.routes.get(name);
    if (route === undefined) throw new Error(`the worker has no method ${name}`);
    line.what = `${name}: the answer`;
    const context = new WorkerCallContext(this, line, opening, route, opening.remoteAddress);
    const { kind } = route.definition;
    const isFed = kind === "clientStream" || kind === "bidi";
    context.input = isFed ? itemsOf(line) : opening.input;
    const answer = createSlot(name, route.definition)(context as never);
    if (kind === "unary" || kind === "clientStream") {
      line.done(singleAnswer(context.route, await answer));
      return;
    }
    for await (const item of answer as AsyncIterable<unknown>) await line.send(item ?? {});
    line.done(undefined);
  }

  private async deliver(opening: Delivery, line: Line): Promise<void> {
    const { topic, input } = opening;
    await this.subscribers.get(topic)?.(input, new WorkerSubscriberContext(this, line, opening, topic, input) as never);
    line.done(undefined);
  }

  private describe(): GuestShape {
    const { name, version, metadata, subscribers = {} } = this.definition;
    const methods = [...this.routes.values()].map((route) => methodShape(name, route));
    const topics = Object.entries(subscribers).map(([topic, value]): SubscriberShape => {
      if (typeof value === "function") return { topic, queue: undefined };
      if (value.input !== undefined) throw hasSchema(name, `the subscriber of "${topic}"`);
      return { topic, queue: value.queue };
    });
    const { handover, accept } = this.hot ?? {};
    const hands = { handsOver: handover !== undefined, accepts: accept !== undefined };
    return { name, version, metadata, methods, subscribers: topics, ...hands };
  }
}

function routesOf({ handlers = {} }: ServiceDefinition): Route[] {
  return Object.entries(handlers).flatMap(([handler, methods]) =>
    Object.entries(methods).map(([method, value]) => ({
      method: `${handler}.${method}`,
      definition: resolveMethod(value),
    })),
  );
}

function methodShape(service: string, { method: name, definition: { kind, options } }: Route): MethodShape {
  if (options.input !== undefined || options.output !== undefined) throw hasSchema(service, name);
  const [handler = "", method = ""] = name.split(".");
  return { handler, method, kind, idempotent: options.idempotent };
}

function hasSchema(service: string, what: string): TypeError {
  return new TypeError(
    `service "${service}" cannot run in a worker: ${what} has a schema, which the kernel needs to read what comes. ` +
      `Drop the schema, and calls in JSON go on, or drop what isolates the service`,
  );
}

async function* itemsOf(line: Line): AsyncGenerator<unknown> {
  for (let item = await line.receive(); item !== undefined; item = await line.receive()) yield item;
}

function createLog(port: MessagePort): Logger {
  const write = (level: "debug" | "info" | "warn" | "error") => (message: string, fields?: object) => {
    try {
      port.postMessage({ type: "log", level, message: String(message), fields });
    } catch {
      const text = fields === undefined ? "" : ` ${inspect(fields, { breakLength: Infinity })}`;
      port.postMessage({ type: "log", level, message: `${message}${text}`, fields: undefined });
    }
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

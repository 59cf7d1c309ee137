import { definePlugin, type Kernel, type Plugin } from "@micro/kernel";
import { CallLog } from "./call-log.ts";
import { Faults } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { frameMs, History } from "./history.ts";
import { Spans } from "./trace.ts";
import { Traffic } from "./traffic.ts";
import { watchClient } from "./watch-client.ts";
import { jsonMapping, watchHandler } from "./watch-handler.ts";
import { watchPublish, watchSubscriber } from "./watch-messages.ts";
import type { Watching } from "./watching.ts";

/** What an {@link Observer} can be told. */
export interface ObserverOptions {
  /** Whether calls are captured with their requests and responses. Default true; it can be switched while it runs. */
  readonly capture?: boolean;
  /** How many services it keeps. Default 10,000; more push out the one that nobody spoke of for longest. */
  readonly maxServices?: number;
  /** How many edges it keeps, at about 8 KiB each. Default 2000; more push out the one idle for longest. */
  readonly maxEdges?: number;
  /** How many captured calls it keeps, and captures in one second at most. Default 500. */
  readonly maxCalls?: number;
  /** How much memory captured calls may take, in bytes. Default 8 MiB. */
  readonly maxCallBytes?: number;
  /** The clock of its windows, in milliseconds, which must not go back. Default `performance.now`. */
  readonly now?: () => number;
}

const defaults = { capture: true, maxServices: 10_000, maxEdges: 2000, maxCalls: 500, maxCallBytes: 8 * 1024 * 1024 };
const historyFrames = 60;

/**
 * Sees what happens in the kernels that have its plugin: services of the fleet, who calls whom and how that goes, and
 * the last calls. It outlives the kernels, so nothing is forgotten when one takes over from another.
 *
 * @example
 * const observer = new Observer();
 * const kernel = await startKernel({ ...config, plugins: [config.plugins ?? [], observer.plugin()] });
 */
export class Observer {
  readonly fleet: Fleet;
  readonly traffic: Traffic;
  readonly calls: CallLog;
  readonly history: History;
  /** The clock that times of edges are on. */
  readonly now: () => number;
  private readonly watching: Watching;
  private timer: NodeJS.Timeout | undefined;
  private kernels = 0;

  constructor(options: ObserverOptions = {}) {
    const resolved = { ...defaults, now: () => performance.now(), ...options };
    this.now = resolved.now;
    this.fleet = new Fleet(resolved.maxServices);
    this.traffic = new Traffic(resolved.maxEdges, this.now);
    this.calls = new CallLog(resolved.maxCalls, resolved.maxCallBytes, resolved.capture);
    this.history = new History(this.traffic, this.fleet, historyFrames);
    const { traffic, calls, now } = this;
    this.watching = { traffic, calls, spans: new Spans(), faults: new Faults(), now };
  }

  /** Brings it into a kernel; put it into the config of each. Its wraps are outermost wherever it stands in the list. */
  plugin(): Plugin {
    return definePlugin({ name: "observer", setup: (context) => this.setUp(context) });
  }

  /** Stops keeping history. What was seen can still be read. Idempotent. */
  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.kernels++;
  }

  private setUp({ hooks, kernel, log }: Parameters<NonNullable<Plugin["setup"]>>[0]): void {
    const { watching } = this;
    const number = ++this.kernels;
    const isStale = (): boolean => number !== this.kernels || kernel.state === "stopped";
    // Before all others, so that it sees what they refuse, and one call where they try several times.
    const first = { name: "observer", stage: -1_000_000 };
    hooks.client.tap(first, (next, route) => watchClient(watching, next, route));
    const asJson = jsonMapping((schema) => hooks.schema.call(schema));
    hooks.handler.tap(first, (next, route) => watchHandler(watching, next, route, asJson));
    hooks.publish.tap(first, (next) => watchPublish(watching, next));
    hooks.subscriber.tap(first, (next, topic) => watchSubscriber(watching, next, topic));
    hooks.discovered.tap(first, (event) => {
      if (!isStale()) this.fleet.apply(event);
    });
    hooks.ready.tap(first, () => {
      const onError = (error: unknown): void => log.warn("reading the registry failed", { error });
      this.read(kernel, isStale).catch((error) => isStale() || onError(error));
    });
    this.timer ??= setInterval(() => this.everyFrame(), frameMs).unref();
  }

  // The first answer of a registry that listens may not have everybody in it, so only the second one takes away.
  private async read(kernel: Kernel, isStale: () => boolean): Promise<void> {
    const registry = kernel.get("registry");
    await this.fleet.read(registry, false, isStale);
    await new Promise((resolve) => setTimeout(resolve, secondReadMs).unref());
    if (!isStale()) await this.fleet.read(registry, true, isStale);
  }

  private everyFrame(): void {
    this.history.add(this.now(), Date.now());
    this.fleet.sweep();
  }
}

const secondReadMs = 3000;

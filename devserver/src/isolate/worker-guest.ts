import { SourceMap } from "node:module";
import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type Logger, MicroError, type StartContext } from "@micro/kernel";
import type { DevEvents, Leak } from "../events.ts";
import type { Place } from "../graph/stack-traces.ts";
import type { Guest, GuestSource, Hot } from "../host/guest.ts";
import { within } from "../host/within.ts";
import { placesInWorker, type ScriptPlace } from "./blocked-place.ts";
import type { Line } from "./bridge.ts";
import { createDefinition } from "./forwarding.ts";
import type { Death, GuestThread, ThreadUser } from "./guest-thread.ts";
import { type ContextOfCall, serveWorker } from "./host-client.ts";
import type { GuestShape, HostOpening, SentGraph } from "./messages.ts";
import { sendGraph } from "./send-graph.ts";

/** What a guest in a worker takes from its maker. */
export interface WorkerGuestHost {
  readonly events: DevEvents;
  /** A thread that can take code. */
  takeThread(): Promise<GuestThread>;
}

/** How long code may take until it is evaluated, its top-level awaits included, in milliseconds. */
const evaluationLimitMs = 10_000;
/** One that lived so long did not die because of its code's start, in milliseconds. */
const longLifeMs = 10_000;
/** How many lines that code writes while it is evaluated are kept until then. */
const maxEarly = 200;
/** How long the second and third worker of a row of quick deaths wait, in milliseconds. */
const backoffMs: readonly number[] = [0, 200, 500];

/** Code of a service in a worker. When the worker dies, another one takes its place with the same code. */
export class WorkerGuest implements ThreadUser {
  private readonly host: WorkerGuestHost;
  private readonly source: GuestSource;
  private readonly sent: SentGraph;
  private readonly contexts = new Map<number, ContextOfCall>();
  private running: Promise<GuestThread>;
  private thread: GuestThread | undefined;
  private shape: GuestShape | undefined;
  private started: StartContext | undefined;
  private early: Parameters<ThreadUser["log"]>[] | undefined = [];
  private bornAt = 0;
  private quickDeaths = 0;
  private isReplacing = false;
  private isDisposed = false;
  /** Why it is not served any more by a worker. */
  private gaveUp: MicroError | undefined;

  private constructor(host: WorkerGuestHost, source: GuestSource) {
    this.host = host;
    this.source = source;
    this.sent = sendGraph(source.snapshot);
    this.running = this.begin();
    this.running.catch(() => {});
  }

  /** Evaluates code in a worker. Rejects with whatever the code throws. */
  static async create(host: WorkerGuestHost, source: GuestSource): Promise<Guest> {
    const guest = new WorkerGuest(host, source);
    try {
      await guest.running;
      return guest.asGuest();
    } catch (error) {
      await guest.dispose();
      throw error;
    }
  }

  get name(): string {
    return this.shape?.name ?? relative(this.source.root, this.source.file);
  }

  /** The worker that calls go to, once there is one. */
  get ready(): GuestThread | Promise<GuestThread> {
    if (this.gaveUp !== undefined) throw this.gaveUp;
    return this.isReplacing ? this.running : (this.thread ?? this.running);
  }

  /** A call or message that runs in the worker, so that what it asks of the kernel goes on with its context. */
  enter(line: Line, context: ContextOfCall): () => void {
    this.contexts.set(line.number, context);
    return () => void this.contexts.delete(line.number);
  }

  accept(opening: HostOpening, line: Line): void {
    const { graph } = this.source;
    if (opening.ask === "graph") {
      graph.load(opening.file).then(
        (snapshot) => (snapshot.failure === undefined ? line.done(sendGraph(snapshot)) : line.fail(snapshot.failure)),
        (error: unknown) => line.fail(error),
      );
      return;
    }
    const context = opening.context === undefined ? undefined : this.contexts.get(opening.context);
    const client: Client | undefined = context?.client ?? this.started?.client;
    if (client === undefined) line.fail(new Error("the service has no client before it starts"));
    else serveWorker(client, opening, line);
  }

  log(level: keyof Logger, text: string, fields?: Readonly<Record<string, unknown>>): void {
    // Whose it is, is known when its code was evaluated; or when that failed, by its file.
    if (this.early !== undefined) {
      if (this.early.push([level, text, fields]) > maxEarly) this.early.shift();
      return;
    }
    const { started, name } = this;
    // What it writes by itself has no fields; what goes through the logger goes where that of others does.
    if (fields !== undefined || started !== undefined) started?.log[level](text, fields);
    else this.host.events.emit({ type: "log", level, service: name, text });
  }

  onBlocked(forMs: number): void {
    void this.endBlocked(forMs);
  }

  onDeath(death: Death): void {
    this.thread = undefined;
    this.contexts.clear();
    // A guest whose code was never evaluated fails by that alone.
    if (this.isDisposed || this.shape === undefined) return;
    if (death.error !== undefined) this.source.onFailure(death.error);
    // One that dies while it takes another's place fails there.
    if (this.isReplacing) return;
    this.isReplacing = true;
    this.running = this.replace(death).finally(() => {
      this.isReplacing = false;
    });
    this.running.catch(() => {});
  }

  /** Runs the definition's start, and again in every worker that takes another's place. */
  async start(context: StartContext): Promise<void> {
    this.started = context;
    const thread = await this.ready;
    await thread.bridge.ask({ ask: "start" }, "the start");
  }

  async stop(): Promise<void> {
    this.started = undefined;
    await this.thread?.bridge.ask({ ask: "stop" }, "the stop");
  }

  private asGuest(): Guest {
    const shape = this.shape as GuestShape;
    const ask = async (opening: { ask: "handover" } | { ask: "accept"; input: unknown }) =>
      (await this.ready).bridge.ask(opening, "the state of hot.handover()");
    const hot: Hot = {
      ...(shape.handsOver ? { handover: () => ask({ ask: "handover" }) } : {}),
      ...(shape.accepts ? { accept: async (input) => void (await ask({ ask: "accept", input })) } : {}),
    };
    return {
      definition: createDefinition(this, shape),
      hot: shape.handsOver || shape.accepts ? hot : undefined,
      isolated: this.source.reason,
      dispose: () => this.dispose(),
    };
  }

  private async dispose(): Promise<readonly Leak[]> {
    this.isDisposed = true;
    this.gaveUp ??= new MicroError(this.name, 503, "the service stopped", { reason: "stopping", notProcessed: true });
    await this.thread?.end();
    return [];
  }

  /** Takes a worker and gives it the code. */
  private async begin(): Promise<GuestThread> {
    const thread = await this.host.takeThread();
    if (this.isDisposed) {
      await thread.end();
      throw this.gaveUp;
    }
    this.thread = thread;
    thread.use(this);
    try {
      this.shape = await within(
        evaluationLimitMs,
        `the evaluation of ${this.name}`,
        thread.bridge.ask<GuestShape>(
          { ask: "evaluate", graph: this.sent, root: this.source.root, env: { ...process.env } },
          "the code",
        ),
      );
    } catch (error) {
      this.thread = undefined;
      await thread.end();
      throw error;
    } finally {
      this.tellEarly();
    }
    this.bornAt = performance.now();
    return thread;
  }

  private tellEarly(): void {
    const { early = [] } = this;
    this.early = undefined;
    for (const written of early) this.log(...written);
  }

  private async replace(death: Death): Promise<GuestThread> {
    const since = performance.now();
    this.quickDeaths = since - this.bornAt > longLifeMs ? 1 : this.quickDeaths + 1;
    let reason = death.reason;
    for (; this.quickDeaths <= backoffMs.length; this.quickDeaths++) {
      await sleep(backoffMs[this.quickDeaths - 1]);
      if (this.isDisposed) break;
      try {
        const thread = await this.restart();
        this.host.events.emit({ type: "replaced", service: this.name, reason, ms: performance.now() - since });
        return thread;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    throw this.giveUp(reason);
  }

  private async restart(): Promise<GuestThread> {
    const thread = await this.begin();
    try {
      if (this.started !== undefined) await thread.bridge.ask({ ask: "start" }, "the start");
      return thread;
    } catch (error) {
      this.thread = undefined;
      await thread.end();
      throw error;
    }
  }

  private giveUp(reason: string): MicroError {
    if (this.gaveUp !== undefined) return this.gaveUp;
    const detail = `its worker ended ${backoffMs.length} times in a row (${reason}); the next edit starts another one`;
    this.gaveUp = new MicroError(this.name, 503, detail, { reason: "worker_failed", notProcessed: true });
    this.source.onFailure(new Error(`service "${this.name}": ${detail}`));
    return this.gaveUp;
  }

  private async endBlocked(forMs: number): Promise<void> {
    const { thread } = this;
    if (thread === undefined) return;
    const place = this.placeOf(await placesInWorker(thread.title));
    const { shape, source } = this;
    const file = place?.file ?? source.file;
    const where = place === undefined ? "" : ` in ${relative(source.root, file)}:${place.line}`;
    this.host.events.emit({ type: "blocked", service: shape?.name, file, line: place?.line, forMs });
    await thread.terminate(`it kept its event loop from turning for ${forMs} ms${where}`);
  }

  /** The innermost place that is the service's own. */
  private placeOf(places: readonly ScriptPlace[]): Place | undefined {
    for (const { script, line, column } of places) {
      const file = script.replace(/\?micro=\d+$/, "");
      const sent = this.sent.modules.find((module) => module.file === file);
      if (sent === undefined) continue;
      const entry = new SourceMap(JSON.parse(sent.transformed.map)).findEntry(line - 1, column - 1);
      return { file, line: ("originalLine" in entry ? entry.originalLine : 0) + 1, column: 1 };
    }
    return undefined;
  }
}

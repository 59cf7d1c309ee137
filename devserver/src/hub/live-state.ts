import type { DevHost, DevMethod, DevService } from "../dev-host.ts";
import type { NumberedEvent } from "../events.ts";
import type { CapturedCall } from "../observe/captured-call.ts";
import { type Edge, type WindowName, windows } from "../observe/edge.ts";
import { jsonText } from "../observe/json-text.ts";
import type { Observer } from "../observe/observer.ts";
import type { CallSummary, EdgeFigures, HubStatus, ServiceView } from "./protocol.ts";

/** How far somebody has been told. */
export interface Told {
  edges: number;
  removals: number;
  fleet: number;
  call: number;
  event: number;
  project: string;
  status: string;
}

/** Nothing yet. */
export function toldNothing(): Told {
  return { edges: 0, removals: 0, fleet: -1, call: 0, event: 0, project: "", status: "" };
}

/** A member of a {@link StateChange} and one entry of it as JSON; without an entry a list that is its whole value. */
export interface Piece {
  readonly member: string;
  readonly text: string;
  /** Whether the text is one entry of a list, or the member itself. */
  readonly isEntry: boolean;
}

/** What there is to tell, made once for all who listen. */
export class LiveState {
  private readonly host: DevHost;
  private readonly observer: Observer;
  private readonly edges = new Map<number, TrackedEdge>();
  private readonly services = new Set<string>();
  private readonly removals: Removal[] = [];
  private version = 0;
  private removalVersion = 0;
  private fleetVersion = -1;
  private forgotten = 0;

  constructor(host: DevHost, observer: Observer) {
    this.host = host;
    this.observer = observer;
  }

  /** Looks at everything again; what changed gets a new version. */
  refresh(): void {
    this.version++;
    this.refreshEdges();
    this.refreshServices();
    const surplus = this.removals.length - maxRemovals;
    if (surplus > 0) this.forgotten = (this.removals.splice(0, surplus).at(-1) as Removal).version;
  }

  /** Whether so much was removed since that only a snapshot can tell. */
  isTooOld(told: Told): boolean {
    return told.removals < this.forgotten;
  }

  /** What is new since `told`, which is set to now before the first piece: what changes meanwhile is told next time. */
  *since(told: Told): Generator<Piece> {
    const before = { ...told };
    const isFirst = before.fleet < 0;
    told.edges = this.version;
    told.removals = this.removalVersion;
    told.fleet = this.observer.fleet.version;
    yield* this.eventsSince(told);
    yield* this.projectSince(told);
    yield* this.statusSince(told);
    if (!isFirst) yield* this.removedSince(before.removals);
    yield* this.servicesSince(before.fleet);
    yield* this.edgesSince(before.edges);
    yield* this.callsSince(told);
  }

  /** The events that are new since `told`. */
  *eventsSince(told: Told): Generator<Piece> {
    const events = this.host.events.recent.filter(({ number }) => number > told.event);
    told.event = events.at(-1)?.number ?? told.event;
    for (const event of events.slice(-maxEvents)) yield entry("events", eventText(event));
  }

  private *projectSince(told: Told): Generator<Piece> {
    const project = projectText(this.host.services);
    if (project === told.project) return;
    told.project = project;
    yield { member: "project", text: project, isEntry: false };
  }

  private *statusSince(told: Told): Generator<Piece> {
    const { calls, fleet, traffic } = this.observer;
    const status = JSON.stringify({
      capturing: calls.capturing,
      dropped: { services: fleet.dropped, edges: traffic.dropped },
      skippedCalls: calls.skipped,
    } satisfies HubStatus);
    if (status === told.status) return;
    told.status = status;
    yield { member: "status", text: status, isEntry: false };
  }

  private *removedSince(version: number): Generator<Piece> {
    for (const removal of this.removals) {
      if (removal.version > version) yield entry(removal.member, JSON.stringify(removal.id));
    }
  }

  private *servicesSince(version: number): Generator<Piece> {
    const { fleet } = this.observer;
    for (const name of [...fleet.changedSince(version)]) {
      const service = fleet.service(name);
      if (service !== undefined) yield entry("services", serviceText(service));
    }
  }

  private *edgesSince(version: number): Generator<Piece> {
    for (const { edge, figures, changed, added } of [...this.edges.values()]) {
      if (changed <= version) continue;
      const { kind, caller, callee, method } = edge;
      if (added > version) yield entry("edges", JSON.stringify({ ...figures, kind, caller, callee, method }));
      else yield entry("figures", JSON.stringify(figures));
    }
  }

  private *callsSince(told: Told): Generator<Piece> {
    const { calls } = this.observer;
    const { call } = told;
    told.call = calls.newest;
    const fresh = [...calls.values()].filter(({ number }) => number > call).slice(-maxCalls);
    for (const one of fresh) yield entry("calls", JSON.stringify(summaryOf(one)));
  }

  private refreshEdges(): void {
    const now = this.observer.now();
    for (const edge of this.observer.traffic.values()) {
      const known = this.edges.get(edge.id);
      if (known === undefined) this.edges.set(edge.id, new TrackedEdge(edge, now, this.version));
      else known.refresh(now, this.version);
    }
    for (const [id, { edge }] of this.edges) {
      if (!edge.dropped) continue;
      this.edges.delete(id);
      this.removals.push({ version: ++this.removalVersion, member: "removedEdges", id });
    }
  }

  private refreshServices(): void {
    const { fleet } = this.observer;
    if (fleet.version === this.fleetVersion) return;
    for (const name of this.services) {
      if (fleet.has(name)) continue;
      this.services.delete(name);
      this.removals.push({ version: ++this.removalVersion, member: "removedServices", id: name });
    }
    for (const name of fleet.changedSince(this.fleetVersion)) this.services.add(name);
    this.fleetVersion = fleet.version;
  }
}

const maxRemovals = 10_000;
const maxEvents = 500;
const maxCalls = 100;
const maxEventBytes = 32 * 1024;
const maxProjectBytes = 768 * 1024;
const maxServiceBytes = 128 * 1024;

interface Removal {
  readonly version: number;
  readonly member: "removedEdges" | "removedServices";
  readonly id: string | number;
}

/** An edge, and when its figures last changed. */
class TrackedEdge {
  readonly edge: Edge;
  readonly added: number;
  changed: number;
  figures: EdgeFigures;
  private text: string;

  constructor(edge: Edge, now: number, version: number) {
    this.edge = edge;
    this.added = version;
    this.changed = version;
    this.figures = figuresOf(edge, now);
    this.text = JSON.stringify(this.figures);
  }

  refresh(now: number, version: number): void {
    // When its longest window has run out, nothing more changes until something happens.
    if (now - this.edge.lastAt > windows["5m"] + 30_000 && this.figures.calls === this.edge.calls) return;
    const figures = figuresOf(this.edge, now);
    // The clocks drift apart; an edge on which nothing happened did not last happen later.
    const isIdle = figures.calls === this.figures.calls && figures.items === this.figures.items;
    const shown = isIdle ? { ...figures, lastAt: this.figures.lastAt } : figures;
    const text = JSON.stringify(shown);
    if (text === this.text) return;
    this.text = text;
    this.figures = shown;
    this.changed = version;
  }
}

function figuresOf(edge: Edge, now: number): EdgeFigures {
  const { id, calls, errors, items } = edge;
  const names = Object.keys(windows) as WindowName[];
  const figures = Object.fromEntries(names.map((name) => [name, edge.figures(now, name)]));
  const lastAt = Math.round(Date.now() - now + edge.lastAt);
  return { id, calls, errors, items, lastAt, windows: figures as EdgeFigures["windows"] };
}

/** A call without its bodies. */
export function summaryOf(call: CapturedCall): CallSummary {
  const { id, trace, parent, kind, caller, service, method, number, startedAt, ms, code, error, sent, received } = call;
  return { id, trace, parent, kind, caller, service, method, number, startedAt, ms, code, error, sent, received };
}

function eventText(event: NumberedEvent): string {
  const { text, isCut } = jsonText(event, { maxBytes: maxEventBytes, redact: false });
  if (!isCut) return text;
  const { type, number, at } = event;
  const shortened = Object.entries(event).map(([name, value]) => [
    name,
    typeof value === "string" ? value.slice(0, 2048) : Array.isArray(value) ? [] : undefined,
  ]);
  return JSON.stringify({ ...Object.fromEntries(shortened), type, number, at });
}

function serviceText(service: ServiceView): string {
  const text = JSON.stringify(service);
  if (text.length <= maxServiceBytes) return text;
  const nodes = service.nodes.slice(0, 100).map((node) => ({ ...node, metadata: {} }));
  const endpoints = service.endpoints
    .slice(0, 100)
    .map(({ name }) => ({ name, metadata: {}, request: null, response: null }));
  const versions = service.versions.slice(0, 100);
  return JSON.stringify({ ...service, versions, nodes, endpoints, isAbridged: true } satisfies ServiceView);
}

/** A change of one is told with all the others, so their shapes go where they would fill the connection. */
function projectText(services: readonly DevService[]): string {
  const text = JSON.stringify(services);
  if (text.length <= maxProjectBytes) return text;
  const plain = ({ name, kind, idempotent }: DevMethod): DevMethod => ({ name, kind, idempotent, input: null });
  return JSON.stringify(services.map((service) => ({ ...service, methods: service.methods.map(plain) })));
}

function entry(member: string, text: string): Piece {
  return { member, text, isEntry: true };
}

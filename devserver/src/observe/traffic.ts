import { Edge, type EdgeKey, type EdgeKind } from "./edge.ts";

/** The edges between services that something was seen on. */
export class Traffic {
  /** How many edges were dropped to make room for others. */
  dropped = 0;
  private readonly edges = new Map<string, Edge>();
  private readonly maxEdges: number;
  private readonly now: () => number;
  private lastId = 0;

  constructor(maxEdges: number, now: () => number) {
    this.maxEdges = maxEdges;
    this.now = now;
  }

  /** How many there are. */
  get size(): number {
    return this.edges.size;
  }

  /** All edges, in the order in which they were first seen. */
  values(): IterableIterator<Edge> {
    return this.edges.values();
  }

  /** The edge between two ends, made at the first use. When there are too many, the one idle for longest goes. */
  edge(kind: EdgeKind, caller: string, callee: string, method: string): Edge {
    const key = `${kind}\n${caller}\n${callee}\n${method}`;
    return this.edges.get(key) ?? this.add(key, { kind, caller, callee, method });
  }

  private add(key: string, ends: EdgeKey): Edge {
    if (this.edges.size >= this.maxEdges) this.dropOldest();
    const edge = new Edge(++this.lastId, ends, this.now());
    this.edges.set(key, edge);
    return edge;
  }

  private dropOldest(): void {
    let oldest: readonly [key: string, edge: Edge] | undefined;
    for (const entry of this.edges) if (oldest === undefined || entry[1].lastAt < oldest[1].lastAt) oldest = entry;
    if (oldest === undefined) return;
    this.edges.delete(oldest[0]);
    oldest[1].dropped = true;
    this.dropped++;
  }
}

const maxKept = 100;

/** The edges of one route by caller, so that a call finds its edge without making a text of its ends. */
export class RouteEdges {
  private readonly traffic: Traffic;
  private readonly kind: EdgeKind;
  private readonly callee: string;
  private readonly method: string;
  private readonly kept = new Map<string, Edge>();

  constructor(traffic: Traffic, kind: EdgeKind, callee: string, method: string) {
    this.traffic = traffic;
    this.kind = kind;
    this.callee = callee;
    this.method = method;
  }

  /** The edge from a caller. */
  from(caller: string): Edge {
    const known = this.kept.get(caller);
    if (known !== undefined && !known.dropped) return known;
    const edge = this.traffic.edge(this.kind, caller, this.callee, this.method);
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(caller, edge);
    return edge;
  }
}

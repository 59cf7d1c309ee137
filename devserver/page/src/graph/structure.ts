import type { EdgeKey } from "../../../src/observe/edge.ts";
import { splitName } from "./names.ts";

/** What a card stands for: a service, a topic, callers that are no service, or the services of a namespace. */
export type NodeKind = "service" | "topic" | "outside" | "group";

/** One card of the graph. */
export interface GraphNode {
  /** Its kind and name, which tells a topic from a service of the same name. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Of a group its namespace. */
  readonly name: string;
  /** The services of a group, in the order of the alphabet; of others their own name. */
  readonly members: readonly string[];
  /** Whether somebody is seen to call it. */
  readonly isCalled: boolean;
}

/** All that goes from one card to another: drawn as one line. */
export interface GraphLink {
  readonly id: string;
  /** The ids of its nodes. */
  readonly source: string;
  readonly target: string;
  readonly kind: "call" | "message";
  /** The ids of the edges that it sums up. */
  readonly edges: readonly number[];
}

/** What is drawn. Members that did not change are the same objects as in the structure before. */
export interface Structure {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly links: ReadonlyMap<string, GraphLink>;
  /** Namespaces of services, with the number of them. */
  readonly namespaces: ReadonlyMap<string, number>;
  /** The ids of nodes that were left out because they are hidden. */
  readonly hidden: readonly string[];
}

/** What a structure is made of. */
export interface StructureInput {
  /** Names of services that are known, whether or not something was seen of them. */
  readonly services: Iterable<string>;
  readonly edges: Iterable<EdgeKey & { readonly id: number }>;
  /** Ids of nodes that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  /** Namespaces that are drawn as one card. */
  readonly collapsed: ReadonlySet<string>;
}

const topicPrefix = "topic:";

/** The name under which callers are summed up that are no service. */
const outside = "outside";

/** Nothing yet. */
export const noStructure: Structure = { nodes: new Map(), links: new Map(), namespaces: new Map(), hidden: [] };

/** The id of the node of a service, unless it is in a group. */
export function serviceId(name: string): string {
  return `service:${name}`;
}

/** What is to be drawn; what did not change since `before` is kept. */
export function structureOf(input: StructureInput, before: Structure = noStructure): Structure {
  const draft = new Draft(input);
  return draft.finish(before);
}

class Draft {
  private readonly known: ReadonlySet<string>;
  private readonly input: StructureInput;
  private readonly nodes = new Map<string, { kind: NodeKind; name: string; members: Set<string>; isCalled: boolean }>();
  private readonly links = new Map<
    string,
    { source: string; target: string; kind: GraphLink["kind"]; edges: number[] }
  >();
  private readonly namespaces = new Map<string, Set<string>>();
  private readonly left = new Set<string>();

  constructor(input: StructureInput) {
    this.input = input;
    this.known = new Set(input.services);
    for (const name of this.known) this.service(name);
    for (const edge of input.edges) this.link(edge);
  }

  finish(before: Structure): Structure {
    const nodes = new Map<string, GraphNode>();
    for (const [id, { kind, name, members, isCalled }] of this.nodes) {
      const node: GraphNode = { id, kind, name, members: [...members].sort(), isCalled };
      nodes.set(id, kept(before.nodes.get(id), node));
    }
    const links = new Map<string, GraphLink>();
    for (const [id, link] of this.links) links.set(id, kept(before.links.get(id), { id, ...link }));
    const namespaces = new Map([...this.namespaces].map(([name, members]) => [name, members.size]));
    const next = { nodes, links, namespaces, hidden: [...this.left] };
    return isSame(before, next) ? before : next;
  }

  private link({ id, kind, caller, callee }: EdgeKey & { readonly id: number }): void {
    const source = kind === "deliver" ? this.topic(caller) : this.caller(caller);
    const target = kind === "publish" ? this.topic(callee) : this.service(callee);
    const node = target === undefined ? undefined : this.nodes.get(target);
    if (node !== undefined) node.isCalled = true;
    // What calls within a group is inside of its card.
    if (source === undefined || target === undefined || (source === target && source.startsWith("group:"))) return;
    const what = kind === "call" ? "call" : "message";
    const key = `${source}\n${target}`;
    const known = this.links.get(key);
    if (known === undefined) this.links.set(key, { source, target, kind: what, edges: [id] });
    else known.edges.push(id);
  }

  private caller(name: string): string | undefined {
    return name === outside && !this.known.has(name) ? this.node("outside", name, name) : this.service(name);
  }

  private topic(name: string): string | undefined {
    return this.node("topic", name, name);
  }

  private service(name: string): string | undefined {
    // Subscribers of the broker over HTTP are in the registry like services.
    if (name.startsWith(topicPrefix)) return this.node("topic", name.slice(topicPrefix.length), name);
    const { namespace } = splitName(name);
    const members = this.namespaces.get(namespace);
    if (members !== undefined) members.add(name);
    else if (namespace !== "") this.namespaces.set(namespace, new Set([name]));
    return this.input.collapsed.has(namespace) ? this.node("group", namespace, name) : this.node("service", name, name);
  }

  private node(kind: NodeKind, name: string, member: string): string | undefined {
    const id = `${kind}:${name}`;
    if (this.input.hidden.has(id)) {
      this.left.add(id);
      return undefined;
    }
    const known = this.nodes.get(id);
    if (known === undefined) this.nodes.set(id, { kind, name, members: new Set([member]), isCalled: false });
    else known.members.add(member);
    return id;
  }
}

function kept<Entry extends object>(before: Entry | undefined, now: Entry): Entry {
  return before !== undefined && isEqual(before, now) ? before : now;
}

/** Whether two objects have equal members; lists are compared by their entries. */
export function isEqual(one: object, other: object): boolean {
  return Object.entries(one).every(([name, value]) => {
    const given = (other as Record<string, unknown>)[name];
    if (!Array.isArray(value)) return value === given;
    return Array.isArray(given) && value.length === given.length && value.every((item, at) => item === given[at]);
  });
}

function isSame(one: Structure, other: Structure): boolean {
  return (
    hasSame(one.nodes, other.nodes) &&
    hasSame(one.links, other.links) &&
    hasSame(one.namespaces, other.namespaces) &&
    one.hidden.join("\n") === other.hidden.join("\n")
  );
}

function hasSame<Value>(one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one) if (other.get(key) !== value) return false;
  return true;
}

import type { DevService } from "../../../src/dev-host.ts";
import type { ServiceView } from "../../../src/hub/protocol.ts";
import { plural, rateText, shareText } from "../ui/format.ts";
import { errorShare, type Figures } from "./link-figures.ts";
import type { GraphNode } from "./structure.ts";

/** How a service is. `unknown` is what no registry knows. */
export type Health = "up" | "partly" | "draining" | "failed" | "down" | "unknown";

/** What a card says beside its name. */
export interface NodeState {
  readonly health: Health;
  /** How it is, in words. */
  readonly healthText: string;
  readonly instances: number;
  /** `1.0.0`, `1.0.0 +1`; empty where there is none. */
  readonly version: string;
  /** How often it was swapped here; 0 for what others run. */
  readonly revision: number;
  /** Whether it has a label that nobody calls it. */
  readonly isUncalled: boolean;
  /** What goes to it. */
  readonly rate: number;
  readonly errorRate: number;
}

/** What is known of the services of a node. */
export interface NodeFacts {
  readonly services: ReadonlyMap<string, ServiceView>;
  readonly own: ReadonlyMap<string, DevService>;
  /** Numbers of instances in the moment of the past that is shown. */
  readonly past: ReadonlyMap<string, number> | undefined;
  /** What goes to it. */
  readonly incoming: Figures;
}

/** How a node is, now or at the moment that is shown. */
export function nodeStateOf(node: GraphNode, facts: NodeFacts): NodeState {
  const { rate, errorRate } = facts.incoming;
  const flow = { rate, errorRate };
  const none = { instances: 0, version: "", revision: 0, isUncalled: false, ...flow };
  if (node.kind === "topic") return { health: "up", healthText: "topic", ...none };
  if (node.kind === "outside") return { health: "up", healthText: "callers that are no service", ...none };
  if (facts.past !== undefined) return { ...none, ...stateThen(node, facts.past) };
  const health = worst(node.members.map((name) => healthOf(name, facts)));
  const instances = node.members.reduce((sum, name) => sum + upOf(facts.services.get(name), facts.own.get(name)), 0);
  return {
    ...{ health, instances, ...flow },
    healthText: healthText(health, instances, node, facts),
    version: versionText(node, facts),
    revision: node.kind === "group" ? 0 : (facts.own.get(node.name)?.revision ?? 0),
    isUncalled: !node.isCalled && node.members.some((name) => facts.services.has(name)),
  };
}

/** A card in one sentence: `orders, 2 instances up, 120 calls per second, 3 % errors`. */
export function nodeSentence(node: GraphNode, shortName: string, state: NodeState): string {
  const parts = [node.kind === "group" ? `${node.name}, ${plural(node.members.length, "service")}` : shortName];
  if (node.kind === "topic") parts.push("topic");
  else if (node.kind === "outside") parts.push(state.healthText);
  else if (state.instances > 0) parts.push(`${plural(state.instances, "instance")} up`);
  if (node.kind === "service" || node.kind === "group") {
    if (state.health !== "up" || state.instances === 0) parts.push(wordOf(state.health));
    if (state.isUncalled) parts.push("not called");
  }
  const what = node.kind === "topic" ? "messages" : "calls";
  if (state.rate > 0) parts.push(`${rateText(state.rate)} ${what} per second`);
  const share = errorShare(state);
  if (share > 0) parts.push(`${shareText(share)} errors`);
  return parts.join(", ");
}

const words: Readonly<Record<Health, string>> = {
  up: "up",
  partly: "partly up",
  draining: "draining",
  failed: "failed",
  down: "down",
  unknown: "not registered",
};

function wordOf(health: Health): string {
  return words[health];
}

function healthText(health: Health, instances: number, { members }: GraphNode, { services }: NodeFacts): string {
  if (health === "up") return `${instances} up`;
  const known = members.reduce((sum, name) => sum + (services.get(name)?.nodes.length ?? 0), 0);
  if (health === "partly") return `${instances} of ${known} up`;
  return instances > 0 && health !== "failed" ? `${instances} up, ${wordOf(health)}` : wordOf(health);
}

function stateThen(
  node: GraphNode,
  then: ReadonlyMap<string, number>,
): Partial<NodeState> & Pick<NodeState, "health" | "healthText"> {
  const isKnown = node.members.some((name) => then.has(name));
  const instances = node.members.reduce((sum, name) => sum + (then.get(name) ?? 0), 0);
  const health: Health = instances > 0 ? "up" : isKnown ? "down" : "unknown";
  return { health, instances, healthText: instances > 0 ? `${instances} up` : isKnown ? "down" : "not there then" };
}

function healthOf(name: string, { services, own }: NodeFacts): Health {
  const seen = services.get(name);
  const ours = own.get(name);
  if (ours?.failure !== undefined) return "failed";
  if (ours !== undefined && ours.draining.length > 0) return "draining";
  if (seen === undefined) return ours !== undefined && ours.address !== "" ? "up" : "unknown";
  if (seen.health === "down") return "down";
  return seen.nodes.every(({ health }) => health === "up") || ours !== undefined ? "up" : "partly";
}

const byGravity: readonly Health[] = ["failed", "down", "partly", "draining", "unknown", "up"];

function worst(all: readonly Health[]): Health {
  return byGravity.find((health) => all.includes(health)) ?? "unknown";
}

function upOf(seen: ServiceView | undefined, ours: DevService | undefined): number {
  const up = seen?.nodes.filter(({ health }) => health === "up").length ?? 0;
  return up === 0 && ours !== undefined && ours.address !== "" ? 1 : up;
}

function versionText({ kind, members, name }: GraphNode, { services, own }: NodeFacts): string {
  if (kind === "group") return plural(members.length, "service");
  const seen = services.get(name)?.versions ?? [];
  const first = own.get(name)?.version ?? seen[0] ?? "";
  const others = seen.filter((version) => version !== first).length;
  return others > 0 ? `${first} +${others}` : first;
}

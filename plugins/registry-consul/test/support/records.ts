import { randomUUID } from "node:crypto";
import type { Endpoint, ServiceNode, ServiceRecord } from "@micro/kernel";
import { type ConsulOptions, ConsulRegistry } from "@micro/registry-consul";

/** How long a step of a test may take, in milliseconds. */
export const limitMs = 8000;

/** A name that nobody else has. */
export function createName(): string {
  return `test.${randomUUID()}`;
}

/** A record with one node. */
export function recordOf(
  name: string,
  more: Partial<ServiceRecord> = {},
  node: Partial<ServiceNode> = {},
): ServiceRecord {
  const nodes = [{ id: `${name}-${randomUUID()}`, address: "127.0.0.1:8080", metadata: {}, ...node }];
  return { name, version: "1.0.0", metadata: {}, endpoints: [], nodes, ...more };
}

/** An endpoint with shapes. */
export const hello: Endpoint = {
  name: "Say.Hello",
  request: { name: "Request", type: "Request", values: [{ name: "name", type: "string", values: null }] },
  response: { name: "Response", type: "Response", values: null },
  metadata: { stream: "false" },
};

/** Runs with a registry and closes it, whatever happens. */
export async function withRegistry(
  options: ConsulOptions,
  run: (registry: ConsulRegistry) => Promise<void>,
): Promise<void> {
  const registry = new ConsulRegistry(options);
  try {
    await run(registry);
  } finally {
    await registry.close();
  }
}

/** The ids of all nodes that a registry finds, sorted. */
export async function findIds(registry: ConsulRegistry, name: string): Promise<readonly string[]> {
  return (await registry.getService(name)).flatMap(({ nodes }) => nodes.map(({ id }) => id)).sort();
}

/** The only node of a record. */
export function nodeOf(record: ServiceRecord): ServiceNode {
  const [node] = record.nodes;
  if (node === undefined) throw new Error("the record has no node");
  return node;
}

/** A log that keeps what is told. */
export function createLog(): { readonly log: NonNullable<ConsulOptions["log"]>; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const add = (message: string): void => void lines.push(message);
  return { log: { warn: add, info: add }, lines };
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

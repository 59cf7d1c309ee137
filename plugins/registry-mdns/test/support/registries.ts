import { randomInt, randomUUID } from "node:crypto";
import type { ServiceNode, ServiceRecord } from "@micro/kernel";
import { type MdnsOptions, MdnsRegistry } from "@micro/registry-mdns";

/** How long a step of a test may take, in milliseconds. */
export const limitMs = 5000;

/** A group that no other test meets on, on loopback. */
export function createGroup(): MdnsOptions & { readonly ip: string; readonly port: number } {
  const ip = `239.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
  return { ip, port: randomInt(20_000, 30_000), interface: "127.0.0.1" };
}

/** Runs with a registry and closes it, whatever happens. */
export async function withRegistry(
  options: MdnsOptions,
  run: (registry: MdnsRegistry) => Promise<void>,
): Promise<void> {
  const registry = new MdnsRegistry(options);
  try {
    await run(registry);
  } finally {
    await registry.close();
  }
}

/** Runs with two registries that meet, and closes both. */
export function withTwo(
  options: MdnsOptions,
  run: (registry: MdnsRegistry, other: MdnsRegistry) => Promise<void>,
): Promise<void> {
  return withRegistry(options, (registry) => withRegistry(options, (other) => run(registry, other)));
}

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

/** The addresses of all nodes that a registry finds. */
export async function findAddresses(registry: MdnsRegistry, name: string): Promise<readonly string[]> {
  return (await registry.getService(name)).flatMap(({ nodes }) => nodes.map(({ address }) => address));
}

import { createMemoryNetwork, type MemoryNetwork, MemoryRegistry } from "@micro/kernel";
import type { DevService } from "../../../src/dev-host.ts";
import type { Observer } from "../../../src/observe/index.ts";

/** The name of a synthetic service. */
export function nameOf(at: number): string {
  return `go.micro.srv.s${String(at).padStart(3, "0")}`;
}

/** A network on which many services are announced, two instances of each. */
export async function fleetOf(count: number): Promise<MemoryNetwork> {
  const network = createMemoryNetwork();
  const registry = new MemoryRegistry(network);
  for (let at = 0; at < count; at++) {
    const endpoints = [{ name: "Do.It", metadata: {}, request: null, response: null }];
    for (const port of [1, 2]) {
      const nodes = [{ id: `${nameOf(at)}-${port}`, address: `10.0.0.${at}:${port}`, metadata: {} }];
      await registry.register({ name: nameOf(at), version: "1.0.0", metadata: {}, endpoints, nodes });
    }
  }
  return network;
}

/** A service of the project as the host tells of it. */
export function devService(name: string, failure?: string): DevService {
  return {
    ...{ name, version: "1.0.0", file: `/project/${name}.ts`, address: "", revision: 0 },
    ...{ isolated: undefined, failure, draining: [], methods: [] },
  };
}

/** Lets each of many edges between them have a call that ended. */
export function callAlongEdges({ traffic, now }: Observer, edges: number, services: number): void {
  for (let at = 0; at < edges; at++) {
    const caller = nameOf(at % services);
    const callee = nameOf((at * 7 + 1 + Math.floor(at / services)) % services);
    traffic.edge("call", caller, callee, "Do.It").ended(now(), (at % 50) + 1, at % 20 === 0);
  }
}

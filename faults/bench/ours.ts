import { startConsul } from "../../interop/src/consul-agent.ts";
import { type Discovery, overConsul, overMdns } from "../src/discovery.ts";
import { Fleet } from "../src/fleet.ts";
import type { Contender, Field } from "./contender.ts";

const flags = { selector: "p2c" };

/** Ours with discovery by multicast DNS. */
export const oursOverMdns: Contender = {
  name: "micro, mDNS",
  start: () => startField(overMdns, undefined, async () => {}),
};

/** Ours over Consul. */
export const oursOverConsul: Contender = {
  name: "micro, Consul",
  start: () => startOverConsul(async () => {}),
};

/** Ours over a Consul that died before anything else happens, and stays dead. */
export const oursWithoutConsul: Contender = {
  name: "micro, Consul gone",
  start: () => startOverConsul((registry) => registry.stop()),
};

async function startOverConsul(then: (registry: NonNullable<Field["registry"]>) => Promise<void>): Promise<Field> {
  const agent = await startConsul();
  if (agent === undefined) throw new Error("there is no Consul to measure with: interop/build consul");
  const registry = { stop: () => agent.kill(), start: () => agent.start(), close: () => agent.stop() };
  try {
    return await startField(
      () => overConsul(agent),
      registry,
      () => then(registry),
    );
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

async function startField(
  discovery: (service: string) => Discovery,
  registry: (NonNullable<Field["registry"]> & { close(): Promise<void> }) | undefined,
  then: () => Promise<void>,
): Promise<Field> {
  const fleet = await Fleet.start({ discovery, keepsAddresses: true });
  try {
    const caller = await fleet.caller({ flags });
    await caller.read("first");
    await then();
    return {
      ledger: fleet.ledger,
      call: caller.read,
      registry,
      executed: (at) => fleet.executed(at),
      signal: (at, name) => fleet.node(at).signal(name),
      restart: (at) => fleet.restart(at),
      slowDown: (at, workMs) => fleet.node(at).slowDown(workMs),
      close: async () => {
        await fleet.close();
        await registry?.close();
      },
    };
  } catch (error) {
    await fleet.close();
    throw error;
  }
}

// Consul goes away, stands still or is cut off while nodes are called.

import assert from "node:assert/strict";
import { MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type ConsulAgent, startConsul } from "../../interop/src/consul-agent.ts";
import { overConsul, overList } from "../src/discovery.ts";
import { FaultProxy } from "../src/fault-proxy.ts";
import { inWords, sayFigures } from "../src/figures.ts";
import { withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const perSecond = byForm(50, 200);
const outageMs = byForm(5000, 60_000);

const test = suite("calls while their registry is gone");

test("none fails, what nobody heard of is a 503, and a node that came meanwhile is called after it", async () => {
  await withConsul(async (agent) => {
    await withFleet({ discovery: () => overConsul(agent), size: 2 }, async (fleet) => {
      const caller = await fleet.caller({ flags: { selector_cache_ttl: "200ms" } });
      const load = fleet.load(perSecond, caller.write);
      await pause(500);
      await agent.kill();
      const error = await within(
        3000,
        "an answer",
        caller.kernel.client.call("go.micro.srv.unheard", "A.B").catch(same),
      );
      await pause(outageMs);
      await agent.start();
      await eventually(20_000, "both register again", async () => (await countPassing(agent, fleet.service)) === 2);
      await fleet.restart(0);
      const newcomer = fleet.node(0);
      await eventually(10_000, "the newcomer is called", () => newcomer.executed.length > 0);
      await load.end();
      sayFigures(`Consul gone for ${outageMs / 1000} s at ${perSecond} calls/s`, inWords(fleet.ledger.summary()));

      assert.ok(MicroError.is(error));
      assert.equal(error.code, 503);
      assert.equal(error.reason, "registry_unavailable");
      assert.equal(fleet.ledger.complaints, "");
      assert.deepEqual(fleet.ledger.doubles, []);
    });
  });
});

test("none fails while it stands still with its connections open", async () => {
  await withConsul(async (agent) => {
    await withFleet({ discovery: () => overConsul(agent), size: 2 }, async (fleet) => {
      const caller = await fleet.caller({ flags: { selector_cache_ttl: "200ms" } });
      const load = fleet.load(perSecond, caller.write);
      await pause(500);
      agent.freeze();
      await pause(outageMs / 2);
      agent.thaw();
      await pause(1000);
      await load.end();

      assert.equal(fleet.ledger.complaints, "");
    });
  });
});

test("when the caller alone is cut off from it, none fails, and it hears of changes once that heals", async () => {
  await withConsul(async (agent) => {
    const proxy = await FaultProxy.start(agent.address);
    try {
      await withFleet({ discovery: () => overConsul(agent), size: 2 }, async (fleet) => {
        const between = { ...overConsul(agent), callerFlags: { registry: "consul", registry_address: proxy.address } };
        const caller = await fleet.caller({ discovery: between, flags: { selector_cache_ttl: "200ms" } });
        const load = fleet.load(perSecond, caller.write);
        await pause(300);
        cut(proxy);
        // What it cannot hear of.
        await fleet.restart(0);
        const newcomer = fleet.node(0);
        await pause(outageMs / 4);
        heal(proxy);
        await eventually(20_000, "the newcomer is called", () => newcomer.executed.length > 0);
        await load.end();

        assert.equal(fleet.ledger.complaints, "");
        assert.deepEqual(fleet.ledger.doubles, []);
      });
    } finally {
      await proxy.close();
    }
  });
});

test("when a node alone is cut off and taken for dead, none fails, and it is called again once that heals", async () => {
  await withConsul(async (agent) => {
    const [told, proxy] = [overConsul(agent), await FaultProxy.start(agent.address)];
    try {
      await withFleet({ discovery: () => told, size: 1 }, async (fleet) => {
        const nodeFlags = { ...told.nodeFlags, registry_address: proxy.address, register_ttl: "2s" };
        const lonely = await fleet.add(nodeFlags);
        const caller = await fleet.caller({ flags: { selector_cache_ttl: "200ms" } });
        const load = fleet.load(perSecond, caller.write);
        await pause(300);
        cut(proxy);
        await eventually(15_000, "it is taken for dead", async () => (await countPassing(agent, fleet.service)) === 1);
        await pause(outageMs / 4);
        const before = lonely.executed.length;
        heal(proxy);
        await eventually(20_000, "it is called again", () => lonely.executed.length > before);
        await load.end();

        assert.equal(fleet.ledger.complaints, "");
        assert.deepEqual(fleet.ledger.doubles, []);
      });
    } finally {
      await proxy.close();
    }
  });
});

test("when all nodes are cut off and taken for dead, none fails for as long as they answer", async () => {
  await withConsul(async (agent) => {
    const [told, proxy] = [overConsul(agent), await FaultProxy.start(agent.address)];
    const nodeFlags = { ...told.nodeFlags, registry_address: proxy.address, register_ttl: "2s" };
    try {
      await withFleet({ discovery: () => ({ ...told, nodeFlags }), size: 2 }, async (fleet) => {
        const caller = await fleet.caller({ flags: { selector_cache_ttl: "200ms" } });
        const forgetful = await fleet.caller({ flags: { selector: "random" } });
        const load = fleet.load(perSecond, caller.write);
        await pause(300);
        cut(proxy);
        await eventually(
          15_000,
          "they are taken for dead",
          async () => (await countPassing(agent, fleet.service)) === 0,
        );
        // In the long form for longer than an answer without nodes is doubted.
        await pause(byForm(2000, 20_000));
        const lost = await forgetful.write("forgetful").catch(same);
        heal(proxy);
        await eventually(20_000, "they are back", async () => (await countPassing(agent, fleet.service)) === 2);
        await pause(500);
        await load.end();

        assert.equal(fleet.ledger.complaints, "");
        assert.deepEqual(fleet.ledger.doubles, []);
        assert.ok(MicroError.is(lost), "who remembers nothing loses its calls");
        assert.equal(lost.reason, "unknown_service");
      });
    } finally {
      await proxy.close();
    }
  });
});

test("a caller that asks for every call, and remembers nothing, loses them", async () => {
  await withConsul(async (agent) => {
    await withFleet({ discovery: overList, size: 2 }, async (fleet) => {
      const { list } = fleet.discovery as ReturnType<typeof overList>;
      list.onAsked = () => fetch(`http://${agent.address}/v1/health/service/${fleet.service}`);
      const caller = await fleet.caller({ flags: { selector: "random", selector_cache_ttl: "1m" } });
      const load = fleet.load(perSecond, caller.write);
      await pause(500);
      await agent.kill();
      await pause(1000);
      await load.end();

      assert.ok(fleet.ledger.failures.length > 0);
    });
  });
});

test.run();

async function withConsul(run: (agent: ConsulAgent) => Promise<void>): Promise<void> {
  const agent = await startConsul();
  if (agent === undefined) return;
  try {
    await run(agent);
  } finally {
    await agent.stop();
  }
}

function cut(proxy: FaultProxy): void {
  proxy.faults.isRefusing = true;
  proxy.reset();
}

function heal(proxy: FaultProxy): void {
  proxy.faults.isRefusing = false;
}

async function countPassing(agent: ConsulAgent, service: string): Promise<number> {
  return ((await agent.ask(`/v1/health/service/${service}?passing=1`)) as readonly unknown[]).length;
}

function same(error: unknown): unknown {
  return error;
}

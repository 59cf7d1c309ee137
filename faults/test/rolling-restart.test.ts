// Five nodes are restarted one after the other, as at a deploy, while they are called at a constant rate.

import assert from "node:assert/strict";
import { suite } from "uvu";
import { startConsul } from "../../interop/src/consul-agent.ts";
import { type Discovery, overConsul, overList, overMdns } from "../src/discovery.ts";
import { inWords, sayFigures } from "../src/figures.ts";
import { type Fleet, withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const perSecond = byForm(100, 500);
const size = byForm(3, 5);
// Between two restarts, so that the long form takes about a minute.
const calmMs = byForm(0, 9000);

const test = suite("a rolling restart");

test("over multicast DNS no call fails, and none runs twice that may not", () => staysWhole(overMdns));

test("over Consul no call fails, and none runs twice that may not", async () => {
  const agent = await startConsul();
  if (agent === undefined) return;
  try {
    await staysWhole(() => overConsul(agent));
  } finally {
    await agent.stop();
  }
});

// A caller that does not hear that a node leaves may write to it just when the node closes the connection.
test("with a registry that tells of nothing no call fails, and none runs twice that may not", () =>
  staysWhole(overList));

test("nodes that are killed instead lose what they had under way", async () => {
  await withFleet({ discovery: overMdns, size: 3, workMs: 50 }, async (fleet) => {
    const caller = await fleet.caller();
    const load = fleet.load(perSecond, caller.write);
    for (const node of fleet.nodes.slice(0, 2)) {
      await pause(500);
      await node.kill();
    }
    await load.end();

    assert.ok(fleet.ledger.failures.length > 0);
    assert.deepEqual(fleet.ledger.doubles, []);
  });
});

test.run();

async function staysWhole(discovery: (service: string) => Discovery): Promise<void> {
  await withFleet({ discovery, size }, async (fleet) => {
    const caller = await fleet.caller();
    let turn = 0;
    const written = new Set<string>();
    const load = fleet.load(perSecond, (id) => {
      if (turn++ % 2 === 0) return caller.read(id);
      written.add(id);
      return caller.write(id);
    });
    await pause(500);
    await restartAll(fleet);
    const restartedAt = performance.now();
    await pause(byForm(1500, 5000));
    await load.end();

    const { ledger } = fleet;
    sayFigures(
      `${size} nodes restarted at ${perSecond} calls/s over ${fleet.discovery.name}`,
      inWords(ledger.summary()),
    );
    assert.equal(ledger.complaints, "");
    // On a busy machine the caller may give up a try of the others that is about to be answered.
    assert.deepEqual(
      ledger.doubles.filter(({ id }) => written.has(id)),
      [],
    );
    assert.equal(ledger.summary().unexplained, 0);
    sharesAreFair(fleet, restartedAt + byForm(1000, 2000));
  });
}

async function restartAll(fleet: Fleet): Promise<void> {
  for (let at = 0; at < size; at++) {
    await fleet.restart(at);
    // Who restarts faster than callers ask leaves them with nothing but what is gone.
    await pause(Math.max(calmMs, fleet.discovery.staleMs));
  }
}

/** Nobody who came back is given much more than its part. */
function sharesAreFair({ ledger, nodes }: Fleet, from: number): void {
  const { calls } = ledger.summary(from);
  for (const { address } of nodes) {
    const tries = ledger.triesAt(address, from);
    // So few calls are spread by chance.
    assert.ok(tries <= Math.max(40, (2 * calls) / size), `${address} had ${tries} of ${calls}`);
  }
}

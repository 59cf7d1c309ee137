// Calls that call on: three services in three processes, one behind the other.

import assert from "node:assert/strict";
import { MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { overMdns } from "../src/discovery.ts";
import { Fleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const test = suite<{ hops: readonly Fleet[] }>("three hops");

test.before(async (context) => {
  const flags = { client_retries: "3", client_pool_size: "10", selector: "cache" };
  context.hops = await Promise.all([1, 2, 3].map(() => Fleet.start({ discovery: overMdns, size: 1, flags })));
});

test.after(async ({ hops }) => {
  await Promise.all(hops.map((fleet) => fleet.close()));
});

test("each has less time than the one before it, and all end when that is over", async ({ hops }) => {
  const caller = await (hops[0] as Fleet).caller();
  const remaining = (await caller.call("Work.Relay", relay(hops, "warm"))) as readonly { readonly leftMs: number }[];
  for (const [at, { leftMs }] of remaining.entries()) {
    assert.ok(leftMs <= (remaining[at - 1]?.leftMs ?? 5000) + 10, JSON.stringify(remaining));
  }

  const start = performance.now();
  const call = caller.call("Work.Relay", { ...relay(hops, "late"), takesMs: 10_000 }, { timeout: "300ms" });
  const error = await within(
    5000,
    "the failure",
    call.catch((failure: unknown) => failure),
  );
  const tookMs = performance.now() - start;

  assert.ok(MicroError.is(error));
  assert.equal(error.code, 408);
  assert.ok(tookMs < 2000, `${tookMs} ms`);
  // The others end with what the call of theirs fails with.
  await eventually(3000, "the one that works is told", () => (hops[2] as Fleet).node(0).aborted.includes("late"));
});

test("where handlers call on without their context, the last one works for nobody to its end", async ({ hops }) => {
  const caller = await (hops[0] as Fleet).caller();
  const input = { ...relay(hops, "detached"), takesMs: 1000, isDetached: true };
  const call = caller.call("Work.Relay", input, { timeout: "300ms" });

  await assert.rejects(within(5000, "the failure", call), { code: 408 });
  const last = (hops[2] as Fleet).node(0);
  await eventually(5000, "it is done", () => last.finished.includes("detached"));
  assert.deepEqual(
    last.aborted.filter((id) => id === "detached"),
    [],
  );
});

test("a caller that leaves ends the work of all", async ({ hops }) => {
  const caller = await (hops[0] as Fleet).caller();
  const leaving = new AbortController();
  const input = { ...relay(hops, "left"), takesMs: 10_000 };
  const call = caller.call("Work.Relay", input, { signal: leaving.signal }).catch((error: unknown) => error);
  await eventually(5000, "the last one works", () => (hops[2] as Fleet).node(0).executed.includes("left"));
  leaving.abort();

  assert.ok(MicroError.is(await call));
  await eventually(3000, "every handler is told", () => hops.every((fleet) => fleet.node(0).aborted.includes("left")));
});

test("tries do not multiply when the last one answers that it has too much to do", async ({ hops }) => {
  const [first, , last] = hops as [Fleet, Fleet, Fleet];
  const caller = await first.caller();
  const before = last.node(0).executed.length;
  const load = first.load(byForm(100, 200), (id) => caller.call("Work.Relay", { ...relay(hops, id), isRefused: true }));
  await pause(byForm(3000, 60_000));
  await load.end();

  const { calls, failed } = first.ledger.summary();
  const arrived = last.node(0).executed.length - before;
  assert.ok(failed >= load.sent);
  // A fifth of the calls, and ten a second with what was saved up of them; three hops of three tries are 27 times.
  const bound = byForm(load.sent * 1.2 + 150, load.sent * 1.3);
  assert.ok(arrived <= bound, `${arrived} arrived of ${load.sent} (${calls})`);

  const healed = first.load(50, (id) => caller.call("Work.Relay", relay(hops, id)));
  const healedAt = performance.now();
  await pause(byForm(1000, 10_000));
  await healed.end();
  assert.equal(first.ledger.summary(healedAt).failed, 0);
});

test("without a budget they do", async ({ hops }) => {
  const [first, , last] = hops as [Fleet, Fleet, Fleet];
  const caller = await first.caller({ flags: { client_retry_budget: "1" } });
  const before = last.node(0).executed.length;
  // One that asks again whatever the answer was.
  const naive = async (id: string): Promise<unknown> => {
    for (let n = 0; n < 2; n++)
      await caller.call("Work.Relay", { ...relay(hops, id), isRefused: true }).catch(() => {});
    return caller.call("Work.Relay", { ...relay(hops, id), isRefused: true });
  };
  const load = first.load(50, naive);
  await pause(1000);
  await load.end();

  assert.ok(last.node(0).executed.length - before >= load.sent * 3);
});

test.run();

function relay(hops: readonly Fleet[], id: string): { readonly id: string; readonly path: readonly string[] } {
  return { id, path: hops.slice(1).map(({ service }) => service) };
}

import { getActiveResourcesInfo } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Project, sayer } from "./support/project.ts";

const test = suite("the memory of a host");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

// 64 KiB of text in each version: one that stayed would be seen.
const big = (n: number) =>
  sayer(
    "a",
    String(n),
    `const text = ${JSON.stringify("x".repeat(64 * 1024))} + ${n};
const held = Array.from({ length: 4096 }, (_, at) => ({ at, text }));
setInterval(() => held.length, 1000);
process.on("SIGUSR2", () => held.length);
setTimeout(() => held.length, 100_000);`,
  );

test("300 reloads leave heap, handles and listeners as they were, though every version forgets to clear", async () => {
  const project = await Project.create({ "services/a.ts": big(0), "lib/x.ts": "export {};" });
  try {
    await project.start();
    const reload = async (count: number) => {
      for (let n = 0; n < count; n++) await project.host.reload("a");
      await project.event("drained", ({ revision }) => revision === project.host.services[0]?.revision);
    };
    await reload(50);
    const before = await measure();
    await within(60_000, "the reloads", reload(300));
    const after = await measure();

    assert.equal(project.all("failed"), []);
    assert.is(project.host.services[0]?.revision, 350);
    const perReload = (after.heap - before.heap) / 300;
    assert.ok(perReload < 20 * 1024, `${perReload} bytes a reload`);
    assert.is(after.listeners, before.listeners);
    assert.ok(after.resources <= before.resources + 2, `${before.resources} resources became ${after.resources}`);
    assert.is((await project.event("drained", ({ revision }) => revision === 350)).leaks.length, 2);
  } finally {
    await project.close();
  }
});

async function measure() {
  for (let n = 0; n < 4; n++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    heap: process.memoryUsage().heapUsed,
    listeners: process.listenerCount("SIGUSR2"),
    resources: getActiveResourcesInfo().length,
  };
}

test.run();

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { createName, findAddresses, withRegistry } from "./support/registries.ts";

const test = suite("several processes on one host");
const limitMs = 20_000;

test("all of them answer, and each that leaves is gone", async () => {
  const name = createName();
  const services = [startService(name), startService(name), startService(name)];
  try {
    for (const service of services) await within(limitMs, "a service", once(service, "message"));
    await withRegistry({}, async (registry) => {
      await eventually(limitMs, "three nodes", async () => (await findAddresses(registry, name)).length === 3);

      services[0]?.send("stop");

      await eventually(limitMs, "two nodes", async () => (await findAddresses(registry, name)).length === 2);
      const [code] = (await within(limitMs, "the exit", once(services[0] as ChildProcess, "exit"))) as [number];
      assert.equal(code, 0, "nothing keeps a process alive whose registry is closed");
    });
  } finally {
    for (const service of services) service.kill("SIGKILL");
  }
});

function startService(name: string): ChildProcess {
  return fork(new URL("./support/serve.ts", import.meta.url), [name]);
}

test.run();

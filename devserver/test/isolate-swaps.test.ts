import { eventually, leaks } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Project } from "./support/project.ts";
import { Remote } from "./support/remote.ts";

const test = suite("many swaps of a service in a worker");

function isolated(handlers: string): string {
  return `import { defineService } from "@micro/kernel";
export default defineService({ name: "a", isolate: "worker", handlers: { Say: { ${handlers} } } });
`;
}

test("fifty swaps leave nothing behind", async () => {
  const project = await Project.create({ "services/a.ts": isolated(`Hello: () => ({ msg: "0" })`) });
  const leaked = leaks(5000);
  await project.start();
  const remote = await Remote.start(project);
  const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  try {
    const swap = async (n: number) => {
      await project.write("services/a.ts", isolated(`Hello: () => ({ msg: "${n}" })`));
      await eventually(10_000, `swap ${n}`, async () => (await remote.call("a", "Say.Hello")).msg === String(n));
    };
    for (let n = 1; n <= 5; n++) await swap(n);
    const before = { ports: workerPorts(), listeners: listeners() };
    for (let n = 6; n <= 50; n++) await swap(n);
    await eventually(45_000, "old workers ended", () => workerPorts() <= before.ports + 10);
    assert.is(listeners(), before.listeners);
  } finally {
    await remote.close();
    await project.close();
  }
  assert.equal(await leaked(), []);
});

/** What every worker has: a port for messages. */
function workerPorts(): number {
  const names = (process as unknown as { _getActiveHandles(): object[] })
    ._getActiveHandles()
    .map((handle) => handle.constructor.name);
  return names.filter((name) => name === "MessagePort" || name === "Worker").length;
}

test.run();

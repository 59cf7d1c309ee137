import assert from "node:assert/strict";
import { suite } from "uvu";
import { definePlugin } from "../../src/contracts/plugin.ts";
import { type Kernel, startKernel } from "../../src/kernel.ts";
import { createMemoryNetwork, MemoryTransport, memory, memoryCodec } from "../../src/memory/index.ts";
import { defineService } from "../../src/server/service.ts";
import { within } from "../../src/testing/index.ts";

const test = suite("memory plugin");

const greeter = defineService({
  name: "go.micro.srv.greeter",
  version: "1.0.0",
  handlers: { Say: { Hello: async ({ name }: { name: string }) => ({ msg: `Hello ${name}` }) } },
});

test("kernels with a common network call each other", async () => {
  const network = createMemoryNetwork();
  const [serves, calls] = [await startWith(memory({ network })), await startWith(memory({ network }))];
  try {
    await serves.serve(greeter);

    const reply = await within(2000, "the reply", calls.client.call(greeter.name, "Say.Hello", { name: "John" }));

    assert.deepEqual({ ...(reply as object) }, { msg: "Hello John" });
  } finally {
    await Promise.all([serves.stop(), calls.stop()]);
  }
});

test("where another transport is active, its codec reads nothing that comes from outside", async () => {
  const network = createMemoryNetwork();
  const transport = new MemoryTransport(network);
  const wire = definePlugin({
    name: "wire",
    setup: ({ provide }) =>
      provide("transport", "wire", () => ({
        name: "wire",
        multiplexed: true,
        dial: (address, limits) => transport.dial(address, limits),
        listen: (options, accept) => transport.listen(options, accept),
      })),
  });
  const kernel = await startKernel({ plugins: [memory({ network }), wire] });
  try {
    const { address } = await kernel.serve(greeter);
    const limits = { deadline: performance.now() + 2000, cancellation: undefined };
    const connection = await transport.dial(address, limits);
    const body = memoryCodec.envelope?.writeRequest("Say.Hello", 0, { name: "John" }) ?? "";

    const header = { "Content-Type": "application/vnd.micro.memory" };
    await assert.rejects(connection.roundTrip({ header, body }, limits), /unsupported content type/);
    connection.close();
  } finally {
    await kernel.stop();
  }
});

test("kernels without a common network do not see each other", async () => {
  const [serves, calls] = [await startWith(memory()), await startWith(memory())];
  try {
    await serves.serve(greeter);

    const calling = within(2000, "the reply", calls.client.call(greeter.name, "Say.Hello", {}));

    await assert.rejects(calling, /service not found: go\.micro\.srv\.greeter/);
  } finally {
    await Promise.all([serves.stop(), calls.stop()]);
  }
});

test.run();

function startWith(plugin: ReturnType<typeof memory>): Promise<Kernel> {
  return startKernel({ plugins: [plugin], use: { registry: "memory", transport: "memory", broker: "memory" } });
}

import { createMemoryNetwork, defineService, type Kernel, memory, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { standard } from "../src/index.ts";

const test = suite("the preset");

const limitMs = 10_000;
const greeter = defineService({
  name: "go.micro.srv.greeter",
  handlers: { Say: { Hello: ({ name }: { name: string }) => ({ msg: `Hello ${name}` }) } },
});

test("without a choice the selector is the kernel's random one", async () => {
  assert.is(await selectorWith({}), "random");
});

for (const [chosen, made] of [
  ["cache", "cache"],
  ["p2c", "p2c"],
  ["random", "random"],
  ["roundrobin", "roundrobin"],
  ["default", "random"],
] as const) {
  test(`--selector=${chosen} is there without another plugin`, async () => {
    assert.is(await selectorWith({ selector: chosen }), made);
  });
}

test("the flags that go-micro 2016 is run with for speed are all known", async () => {
  await withKernel({ selector: "cache", client_pool_size: "10" }, async (kernel) => {
    await kernel.serve(greeter, { address: "127.0.0.1:0" });

    for (let count = 0; count < 3; count++) {
      const answer = await within(limitMs, "the call", kernel.client.call(greeter.name, "Say.Hello", { name: "John" }));
      assert.equal(answer, { msg: "Hello John" });
    }
  });
});

test("a selector that nobody provides is told with those that there are", async () => {
  const failure = await withKernel({ selector: "nearest" }, async () => {}).then(() => "none", String);

  assert.match(failure, /"nearest" is not provided by any plugin/);
  assert.match(failure, /cache/);
});

test.run();

async function selectorWith(flags: Record<string, string>): Promise<string> {
  let name = "";
  await withKernel(flags, async (kernel) => {
    const selector = kernel.get("selector")(kernel.get("registry"));
    name = selector.name;
    await selector.close();
  });
  return name;
}

/** The preset with a registry in memory, which needs no network. */
async function withKernel(flags: Record<string, string>, run: (kernel: Kernel) => Promise<void>): Promise<void> {
  const plugins = [standard(), memory({ network: createMemoryNetwork() })];
  const use = { registry: "memory", transport: "http", broker: "memory" };
  const kernel = await within(limitMs, "the start", startKernel({ plugins, use, local: false }, { flags }));
  try {
    await run(kernel);
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
}

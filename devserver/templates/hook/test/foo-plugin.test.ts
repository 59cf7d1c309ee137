import { type Config, defineService, type LogFields, type Logger, startKernel } from "@micro/kernel";
import { testPlugin } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CallCounts, countsOf, fooPlugin } from "../src/index.ts";

const test = suite("foo");

// What every plugin must do.
testPlugin({ test, plugin: fooPlugin });

const greeter = defineService({
  name: "greeter",
  handlers: {
    Say: {
      Hello: () => ({ msg: "hello" }),
      Nothing: () => {
        throw new Error("on purpose");
      },
      Slowly: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return {};
      },
    },
  },
});

test("calls and failures are counted by service and method", async () => {
  await using kernel = await startKernel(configWith());
  await kernel.serve(greeter);

  for (let count = 0; count < 3; count++) await kernel.client.call("greeter", "Say.Hello", {});
  await kernel.client.call("greeter", "Say.Nothing", {}).catch(() => {});

  assert.equal(Object.fromEntries(countsOf(kernel).all), {
    "greeter Say.Hello": { calls: 3, failures: 0 },
    "greeter Say.Nothing": { calls: 1, failures: 1 },
  });
});

test("two kernels count apart", async () => {
  const config = configWith();
  await using one = await startKernel(config);
  await using other = await startKernel(config);
  await one.serve(greeter);

  await one.client.call("greeter", "Say.Hello", {});

  assert.is(countsOf(one).all.size, 1);
  assert.is(countsOf(other).all.size, 0);
});

test("a slow call is a line in the log, and with 0 none is", async () => {
  const lines: string[] = [];
  const warn = (message: string, { call }: LogFields = {}): void => void lines.push(`${message} ${call}`);
  const log: Logger = { debug() {}, info() {}, warn, error() {} };
  for (const slow of ["1ms", 0]) {
    await using kernel = await startKernel({ ...configWith(slow), log });
    await kernel.serve(greeter);
    await kernel.client.call("greeter", "Say.Slowly", {});
  }

  assert.equal(lines, ["foo: a call was slow greeter Say.Slowly"]);
});

test("names without end take no memory without end", () => {
  const counts = new CallCounts();
  for (let count = 0; count < 2000; count++) counts.add(`name ${count}`, true);

  assert.is(counts.all.size, 1001);
  assert.is(counts.all.get("other")?.calls, 1000);
});

function configWith(slow: string | number = "1s"): Config {
  return { plugins: [fooPlugin({ slow })] };
}

test.run();

import { connect } from "node:net";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import { type Config, createMemoryNetwork, defineService, memory, startKernel } from "@micro/kernel";
import { testPlugin, testTransport, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FooTransport, transportFoo } from "../src/index.ts";

const test = suite("transport-foo");

// What every transport must do.
testTransport({ test, factory: () => new FooTransport() });

// What every plugin must do.
testPlugin({ test, plugin: transportFoo, config: { use: { transport: "foo" } } });

test("two kernels call and stream over it", async () => {
  const network = createMemoryNetwork(); // For the registry, so that they find each other.
  const plugins = [memory({ network }), codecJsonRpc(), transportFoo()];
  const config: Config = { plugins, use: { transport: "foo" }, settings: { server_address: "127.0.0.1:0" } };
  await using server = await startKernel(config);
  await using client = await startKernel(config);
  const handlers = {
    Say: {
      Hello: ({ name }: { name: string }) => ({ msg: `hello ${name}` }),
      async *Count({ to }: { to: number }) {
        for (let n = 1; n <= to; n++) yield { n };
      },
    },
  };
  const greeter = defineService({ name: "greeter", handlers });
  await server.serve(greeter);
  const say = client.client.of<typeof greeter>("greeter").Say;

  assert.equal(await say.Hello({ name: "john" }), { msg: "hello john" });
  const numbers: number[] = [];
  for await (const { n } of say.Count.stream({ to: 100 })) numbers.push(n);
  assert.is(numbers.length, 100);
});

test("a peer that sends what is no frame, or too long a one, is cut off", async () => {
  const listener = await new FooTransport().listen({ address: "127.0.0.1:0" }, (exchange) =>
    exchange.reply(exchange.request),
  );
  const port = Number(listener.address.split(":").at(-1));
  const tooLong = Buffer.from([1, 0, 0, 0, 2, 255, 255, 255, 255]);
  const badHeader = Buffer.concat([Buffer.from([1, 0, 0, 0, 2, 0, 0, 0, 0]), Buffer.from("{]")]);
  const badKind = Buffer.concat([Buffer.from([9, 0, 0, 0, 2, 0, 0, 0, 0]), Buffer.from("{}")]);
  for (const bytes of [tooLong, badHeader, badKind]) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(bytes);
    await within(5000, "the end of the connection", closed);
  }
  listener.destroy();
});

test.run();

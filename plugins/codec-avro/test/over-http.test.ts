import { codecJsonRpc } from "@micro/codec-json-rpc";
import { bidi, createMemoryNetwork, defineService, memory, method, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
import avsc from "avsc";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codecAvro } from "../src/index.ts";

const Name = avsc.Type.forSchema({ type: "record", name: "Name", fields: [{ name: "name", type: "string" }] });
const Greeting = avsc.Type.forSchema({ type: "record", name: "Greeting", fields: [{ name: "msg", type: "string" }] });
const Item = avsc.Type.forSchema({ type: "record", name: "Item", fields: [{ name: "n", type: "int" }] });

const greeter = defineService({
  name: "greeter",
  handlers: {
    Say: {
      Hello: method({ input: Name, output: Greeting }, ({ name }: { name: string }) => ({ msg: `Hello ${name}` })),
      Echo: method(
        { input: Item, output: Item },
        bidi((items: AsyncIterable<{ n: number }>) => items),
      ),
    },
  },
});

const test = suite("Avro over HTTP");

test("one handler answers Avro by the later protocol and JSON by that of 2016, on one port", () =>
  withGreeter(async ({ client }) => {
    const avro = { input: Name, output: Greeting, contentType: "application/avro" };

    const [byAvro, byJson] = await Promise.all([
      client.call<{ msg: string }>("greeter", "Say.Hello", { name: "Jöhn" }, avro),
      client.call<{ msg: string }>("greeter", "Say.Hello", { name: "Jöhn" }),
    ]);

    assert.is(byAvro.msg, "Hello Jöhn");
    assert.is(byJson.msg, "Hello Jöhn");
  }));

test("a stream both ways goes in Avro, its end too", () =>
  withGreeter(async ({ client }) => {
    const options = { input: Item, output: Item, contentType: "application/avro" };
    const echo = client.stream<{ n: number }>("greeter", "Say.Echo", undefined, options);

    await echo.send({ n: 1 });
    assert.is((await echo.receive())?.n, 1);
    await echo.send({ n: 2 });
    echo.end();
    assert.is((await echo.receive())?.n, 2);
    assert.is(await echo.receive(), undefined);
  }));

test("an error arrives with its code, though Avro has no place for it", () =>
  withGreeter(async ({ client }) => {
    const options = { input: Name, output: Greeting, contentType: "application/avro" };
    const error = await client.call("greeter", "Say.Nothing", { name: "x" }, options).catch((reason) => reason);
    assert.is((error as { code: number }).code, 404);
  }));

async function withGreeter(run: (kernel: Awaited<ReturnType<typeof startKernel>>) => Promise<void>): Promise<void> {
  const network = createMemoryNetwork();
  const plugins = [memory({ network }), transportHttp(), codecJsonRpc(), codecAvro()];
  const config = { plugins, use: { registry: "memory", transport: "http" }, local: false } as const;
  const [server, caller] = [await startKernel(config), await startKernel(config)];
  try {
    await server.serve(greeter, { address: "127.0.0.1:0" });
    await within(10_000, "the test", run(caller));
  } finally {
    await Promise.all([server.stop(), caller.stop()]);
  }
}

test.run();

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Config,
  createMemoryNetwork,
  filterLabel,
  filterVersion,
  type Kernel,
  type LocalMode,
  MicroError,
  memory,
  startKernel,
} from "../src/index.ts";
import { eventually, within } from "../src/testing/index.ts";
import { createGreeter, type Seen } from "./support/greeter.ts";

const service = "go.micro.srv.greeter";
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** The three ways from a client to a service of the same kernel; a caller must not be able to tell them apart. */
const modes: readonly LocalMode[] = ["reference", "encode", false];

for (const local of modes) {
  const test = suite(`client, local: ${local}`);

  async function withKernel(
    run: (kernel: Kernel, seen: Seen, say: ReturnType<typeof sayOf>) => Promise<void>,
    config: Config = {},
  ): Promise<void> {
    const seen: Seen = { aborted: 0, closedStreams: 0 };
    const kernel = await startKernel({ local, log: quiet, ...config }, { drainLimitMs: 100 });
    try {
      await kernel.serve(createGreeter(service, seen));
      await within(5000, "the test", run(kernel, seen, sayOf(kernel)));
    } finally {
      await kernel.stop();
    }
  }

  test("a call returns what the handler answered", () =>
    withKernel(async (_kernel, _seen, say) => {
      assert.is((await say.Hello({ name: "John" })).msg, "Hello John");
    }));

  test("a handler need not be async", () =>
    withKernel(async (_kernel, _seen, say) => {
      assert.equal(await say.Sync({ name: "John" }), { msg: "Hello John" });
    }));

  test("an absent answer is an empty object", () =>
    withKernel(async (_kernel, _seen, say) => {
      assert.equal(await say.Nothing(), {});
    }));

  test("an absent request is an empty object", () =>
    withKernel(async (kernel) => {
      assert.equal(await kernel.client.call(service, "Say.TypeOf"), { type: "object" });
    }));

  test("an error of the handler arrives with its code, id and detail", () =>
    withKernel(async (_kernel, _seen, say) => {
      const error = await failure(say.Fail({ name: "John" }));
      assert.equal(error.toJSON(), {
        id: "go.micro.srv.greeter",
        code: 404,
        detail: "no such name: John",
        status: "Not Found",
      });
    }));

  test("anything else that a handler throws becomes a 500 of the service", () =>
    withKernel(async (_kernel, _seen, say) => {
      const error = await failure(say.Throw());
      assert.is(error.code, 500);
      assert.is(error.id, service);
      assert.is(error.detail, "boom");
    }));

  test("a method that does not exist is a 404", () =>
    withKernel(async (kernel) => {
      for (const method of ["Say.Nobody", "Nobody.Hello", "Say", "", "a.b.c", "constructor.name", "__proto__.x"]) {
        assert.is((await failure(kernel.client.call(service, method))).code, 404, method);
      }
    }));

  test("a service that does not exist is a 404 with its name", () =>
    withKernel(async (kernel) => {
      const error = await failure(kernel.client.call("go.micro.srv.nobody", "Say.Hello"));
      assert.is(error.code, 404);
      assert.is(error.reason, "unknown_service");
      assert.match(error.detail, "go.micro.srv.nobody");
    }));

  test("metadata reaches the handler under canonical names", () =>
    withKernel(async (_kernel, _seen, say) => {
      const { metadata } = await say.Hello({ name: "John" }, { metadata: { "x-user-id": "john", "X-From-Id": "7" } });
      assert.is(metadata["X-User-Id"], "john");
      assert.is(metadata["X-From-Id"], "7");
    }));

  test("metadata that would break a header is refused before anything is sent", () =>
    withKernel(async (_kernel, _seen, say) => {
      for (const metadata of [{ "a b": "x" }, { a: "x\r\nEvil: 1" }, { a: "\0" }, { "": "x" }, { a: "日" }]) {
        const error = await failure(say.Hello({ name: "John" }, { metadata: metadata as Record<string, string> }));
        assert.is(error.code, 400);
        assert.is(error.notProcessed, true);
      }
    }));

  test("a handler's client carries metadata on and says where the chain began", () =>
    withKernel(async (_kernel, _seen, say) => {
      const answer = (await say.Relay({ method: "Say.Hello" }, { metadata: { "X-User-Id": "john" } })) as {
        metadata: Record<string, string>;
      };
      assert.is(answer.metadata["X-User-Id"], "john");
      assert.is(answer.metadata["X-Micro-From-Service"], service);
    }));

  test("the deadline ends a call whose handler does not look at it", () =>
    withKernel(async (_kernel, _seen, say) => {
      const error = await failure(say.Stubborn(undefined, { timeout: "30ms" }));
      assert.is(error.code, 408);
      assert.is(error.reason === "deadline_exceeded" || error.detail === "context deadline exceeded", true);
    }));

  test("the deadline aborts the signal of the handler", () =>
    withKernel(async (_kernel, seen, say) => {
      assert.is((await failure(say.Hang(undefined, { timeout: 30 }))).code, 408);
      await eventually(2000, "the handler heard of it", () => seen.aborted === 1);
    }));

  test("a caller's signal ends the call and aborts the signal of the handler", () =>
    withKernel(async (_kernel, seen, say) => {
      const controller = new AbortController();
      const call = say.Hang(undefined, { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);

      const error = await failure(call);

      assert.is(error.code, 408);
      assert.is(error.detail, "context canceled");
      await eventually(2000, "the handler heard of it", () => seen.aborted === 1);
    }));

  test("a signal that aborted before ends the call without a handler", () =>
    withKernel(async (_kernel, seen, say) => {
      assert.is((await failure(say.Hang(undefined, { signal: AbortSignal.abort() }))).code, 408);
      assert.is(seen.aborted, 0);
    }));

  test("the remaining time goes with a call to the next hop", () =>
    withKernel(async (_kernel, _seen, say) => {
      const answer = (await say.Relay({ method: "Say.Remaining" }, { timeout: 400 })) as { remainingMs: number };
      assert.ok(answer.remainingMs <= 400, `${answer.remainingMs} ms are left of 400`);
      assert.ok(answer.remainingMs > 0);
    }));

  test("a hop cannot lengthen the deadline of its caller", () =>
    withKernel(async (_kernel, _seen, say) => {
      const answer = (await say.Relay({ method: "Say.Remaining", timeout: "1h" }, { timeout: 400 })) as {
        remainingMs: number;
      };
      assert.ok(answer.remainingMs <= 400);
    }));

  test("cancelling a call cancels the calls that its handler made", () =>
    withKernel(async (_kernel, seen, say) => {
      const controller = new AbortController();
      const call = say.Relay({ method: "Say.Hang" }, { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);

      assert.is((await failure(call)).code, 408);
      await eventually(2000, "the last handler heard of it", () => seen.aborted === 1);
    }));

  test("a negative or malformed timeout is refused with what to write", () =>
    withKernel(async (kernel) => {
      for (const timeout of ["-1s", "soon", -1, Number.NaN]) {
        const error = await kernel.client.call(service, "Say.Sync", {}, { timeout }).catch((reason) => reason);
        assert.instance(error, TypeError, String(timeout));
      }
    }));

  test("a server stream yields every item in order and then ends", () =>
    withKernel(async (_kernel, seen, say) => {
      const items: number[] = [];
      for await (const { n } of say.Count.stream({ to: 50 })) items.push(n);
      assert.equal(
        items.map((n) => n ?? 0),
        Array.from({ length: 50 }, (_, n) => n),
      );
      assert.is(seen.closedStreams, 1);
    }));

  test("a stream that fails gives the items before the error and then the error", () =>
    withKernel(async (_kernel, _seen, say) => {
      const items: unknown[] = [];
      const error = await failure(
        (async () => {
          for await (const item of say.CountAndFail.stream({ to: 3 })) items.push(item);
        })(),
      );
      assert.is(items.length, 3);
      assert.is(error.detail, "the count broke");
    }));

  test("leaving a stream early ends its handler", () =>
    withKernel(async (_kernel, seen, say) => {
      for await (const { n } of say.Count.stream({ to: 1e9 })) if ((n ?? 0) >= 3) break;
      await eventually(2000, "the generator was closed", () => seen.closedStreams === 1);
    }));

  test("a bidirectional stream answers each item, also after the half-close", () =>
    withKernel(async (_kernel, _seen, say) => {
      const echo = say.Echo.stream();
      await echo.send({ n: 1 });
      assert.equal(await echo.receive(), { n: 1 });
      await echo.send({ n: 2 });
      await echo.send({ n: 3 });
      echo.end();
      assert.equal(await echo.receive(), { n: 2 });
      assert.equal(await echo.receive(), { n: 3 });
      assert.is(await echo.receive(), undefined);
      assert.is(await echo.receive(), undefined);
    }));

  test("a client stream takes many items and answers once", () =>
    withKernel(async (_kernel, _seen, say) => {
      const sum = say.Sum.stream(
        (async function* () {
          for (let n = 1; n <= 100; n++) yield { n };
        })(),
      );
      assert.equal(await sum.receive(), { total: 5050 });
      assert.is(await sum.receive(), undefined);
    }));

  test("a stream to a method that does not exist fails where it is read", () =>
    withKernel(async (kernel) => {
      assert.is((await failure(kernel.client.stream(service, "Say.Nobody").receive())).code, 404);
    }));

  test("a stream has a deadline when it is given one", () =>
    withKernel(async (_kernel, _seen, say) => {
      const echo = say.Echo.stream(undefined, { timeout: 40 });
      await echo.send({ n: 1 });
      await echo.receive();
      assert.is((await failure(echo.receive())).code, 408);
    }));

  test("a caller's signal ends a stream", () =>
    withKernel(async (_kernel, _seen, say) => {
      const controller = new AbortController();
      const echo = say.Echo.stream(undefined, { signal: controller.signal });
      await echo.send({ n: 1 });
      await echo.receive();
      setTimeout(() => controller.abort(), 10);
      assert.is((await failure(echo.receive())).code, 408);
    }));

  test("a handler that returns a stream without a marker is told which one it needs", () =>
    withKernel(async (_kernel, _seen, say) => {
      assert.match((await failure(say.Stream())).detail, "serverStream()");
    }));

  test("calling a stream, or streaming a call, says so", () =>
    withKernel(async (kernel) => {
      const called = await failure(kernel.client.call(service, "Say.Count", { to: 1 }, { timeout: 300 }));
      const streamed = await failure(kernel.client.stream(service, "Say.Sync", { name: "x" }).receive());
      if (local !== false) {
        assert.match(called.detail, ".stream()");
        assert.match(streamed.detail, "does not stream");
      }
    }).catch((error) => {
      // Over the wire of 2016 nobody says what a method is: the first answer of a call is taken as its item.
      if (local !== false) throw error;
    }));

  test("wraps of the client see a call once and may change its answer", async () => {
    const seen: string[] = [];
    const plugin = {
      name: "wrap",
      setup: ({ hooks }: { hooks: Kernel["hooks"] }) => {
        hooks.client.tap("wrap", (next, route) => (request) => {
          seen.push(`${route.service} ${route.method}`);
          return next(request);
        });
      },
    };
    await withKernel(
      async (_kernel, _seen, say) => {
        await say.Sync({ name: "a" });
        await say.Sync({ name: "b" });
        assert.equal(seen, [`${service} Say.Sync`, `${service} Say.Sync`]);
      },
      { plugins: [plugin] },
    );
  });

  test("a handler wrap that refuses is what the caller gets", async () => {
    const plugin = {
      name: "guard",
      setup: ({ hooks }: { hooks: Kernel["hooks"] }) => {
        hooks.handler.tap("guard", (next) => (context) => {
          if (context.metadata.Token === undefined) throw new MicroError("guard", 401, "no token");
          return next(context);
        });
      },
    };
    await withKernel(
      async (_kernel, _seen, say) => {
        assert.is((await failure(say.Sync({ name: "a" }))).code, 401);
        assert.equal(await say.Sync({ name: "a" }, { metadata: { token: "t" } }), { msg: "Hello a" });
      },
      { plugins: [plugin] },
    );
  });

  test("filters apply to the service of the same kernel too", () =>
    withKernel(async (kernel) => {
      const call = (filter: ReturnType<typeof filterVersion>): Promise<unknown> =>
        kernel.client.call(service, "Say.Sync", { name: "x" }, { filters: [filter] });

      assert.equal(await call(filterVersion("1.0.0")), { msg: "Hello x" });
      assert.is((await failure(call(filterVersion("9.9.9")))).code, 503);
      assert.is((await failure(call(filterLabel("zone", "mars")))).code, 503);
    }));

  test("an address goes before selection", async () => {
    const network = createMemoryNetwork();
    const other = await startKernel({ plugins: [memory({ network })] });
    const served = await other.serve({
      name: "elsewhere",
      handlers: { Say: { Sync: () => ({ msg: "from elsewhere" }) } },
    });
    await withKernel(
      async (kernel) => {
        const answer = await kernel.client.call(service, "Say.Sync", {}, { address: served.address });
        assert.equal(answer, { msg: "from elsewhere" });
      },
      { plugins: [memory({ network })] },
    );
    await other.stop();
  });

  test("the Debug handler answers and is not advertised", () =>
    withKernel(async (kernel) => {
      assert.equal(await kernel.client.call(service, "Debug.Health"), { status: "ok" });
      const stats = (await kernel.client.call(service, "Debug.Stats")) as Record<string, number>;
      for (const field of ["started", "uptime", "memory", "threads", "gc"]) assert.type(stats[field], "number", field);
      const [record] = await kernel.get("registry").getService(service);
      assert.is(
        record?.endpoints.some(({ name }) => name.startsWith("Debug.")),
        false,
      );
    }));

  test("what is called __proto__ in a request stays data", () =>
    withKernel(async (kernel) => {
      const hostile = JSON.parse('{"name":"x","__proto__":{"polluted":true}}');
      await kernel.client.call(service, "Say.Sync", hostile);
      assert.is(({} as { polluted?: boolean }).polluted, undefined);
    }));

  test.run();
}

function sayOf(kernel: Kernel) {
  return kernel.client.of<ReturnType<typeof createGreeter>>(service).Say;
}

async function failure(work: Promise<unknown>): Promise<MicroError> {
  try {
    await work;
  } catch (error) {
    if (MicroError.is(error)) return error;
    throw error;
  }
  throw new Error("it should have failed");
}

import { definePlugin, defineService, type Kernel } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { traceHeader } from "../src/observe/trace.ts";
import { edgesOf, front, greeter, withObserved } from "./support/observed.ts";

const test = suite("what an observer sees of calls");
const limitMs = 5000;
const hello = (kernel: Kernel): Promise<unknown> =>
  within(limitMs, "the answer", kernel.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" }));

for (const local of ["reference", "encode", false] as const) {
  test(`a call is one call though both its ends are seen, local: ${local}`, async () => {
    await withObserved({ services: [front, greeter], config: { local } }, async ({ kernel, observer }) => {
      await kernel.client.call("go.micro.srv.front", "Front.Hello", { name: "John" });

      assert.equal(edgesOf(observer), ["front -> greeter Say.Hello 1/0", "outside -> front Front.Hello 1/0"]);
      assert.is(observer.calls.newest, 2);
    });
  });

  test(`the calls that one call led to name it as their parent, local: ${local}`, async () => {
    await withObserved({ services: [front, greeter], config: { local } }, async ({ kernel, observer }) => {
      await kernel.client.call("go.micro.srv.front", "Front.Hello", { name: "John" });

      const [inner, outer] = [...observer.calls.values()];
      assert.is(inner?.parent, outer?.id);
      assert.is(inner?.trace, outer?.trace);
      assert.is(outer?.parent, undefined);
    });
  });

  test(`items of a stream are counted once, local: ${local}`, async () => {
    await withObserved({ services: [greeter], config: { local } }, async ({ kernel, observer }) => {
      const stream = kernel.client.stream("go.micro.srv.greeter", "Say.Echo");
      await stream.send({ n: 1 });
      await stream.send({ n: 2 });
      stream.end();
      const got: unknown[] = [];
      await within(limitMs, "the items", async () => {
        for await (const item of stream) got.push(item);
      });

      assert.equal(got, [{ n: 1 }, { n: 2 }]);
      const [edge, ...more] = [...observer.traffic.values()];
      assert.is(more.length, 0);
      assert.equal([edge?.calls, edge?.items, edge?.errors], [1, 4, 0]);
      const [call] = [...observer.calls.values()];
      assert.equal([call?.kind, call?.sent, call?.received], ["stream", 2, 2]);
    });
  });
}

test("a call from another process is seen where it is served, from whom its metadata names", async () => {
  await withObserved({ services: [greeter] }, async ({ observer, join }) => {
    const other = await join([front]);

    await other.client.call("go.micro.srv.front", "Front.Hello", { name: "John" });
    await hello(other);

    assert.equal(edgesOf(observer), ["front -> greeter Say.Hello 1/0", "outside -> greeter Say.Hello 1/0"]);
  });
});

test("what a call from outside leads to is of its trace", async () => {
  await withObserved({ services: [front, greeter] }, async ({ observer, join }) => {
    await (await join()).client.call("go.micro.srv.front", "Front.Hello", { name: "John" });

    const [inner, outer] = [...observer.calls.values()];
    assert.equal([inner?.caller, outer?.caller], ["go.micro.srv.front", "outside"]);
    assert.equal([inner?.parent, inner?.trace], [outer?.id, outer?.id]);
  });
});

test("a service between two observed ones that says nothing of itself is the caller of what it calls", async () => {
  const last = defineService({ name: "last", handlers: { Last: { Do: () => ({ ok: true }) } } });
  const middle = defineService({
    name: "middle",
    handlers: { Middle: { Do: (_input: unknown, { client }) => client.call("last", "Last.Do") } },
  });
  const first = defineService({
    name: "first",
    handlers: { First: { Do: (_input: unknown, { client }) => client.call("middle", "Middle.Do") } },
  });
  await withObserved({ services: [first, last] }, async ({ kernel, observer, join }) => {
    await join([middle]);

    await within(limitMs, "the answer", kernel.client.call("first", "First.Do"));

    const edges = ["first -> middle Middle.Do 1/0", "middle -> last Last.Do 1/0", "outside -> first First.Do 1/0"];
    assert.equal(edgesOf(observer), edges);
    assert.is(new Set([...observer.calls.values()].map(({ trace }) => trace)).size, 1);
  });
});

test("what fails is counted as an error with its code, on every way to fail", async () => {
  await withObserved({ services: [greeter] }, async ({ kernel, observer }) => {
    const { client } = kernel;
    await client.call("go.micro.srv.greeter", "Say.Fail").catch(() => {});
    await client.call("go.micro.srv.greeter", "Say.Missing").catch(() => {});
    await client.call("nobody", "Say.Hello").catch(() => {});

    const edges = [
      "outside -> greeter Say.Fail 1/1",
      "outside -> greeter Say.Missing 1/1",
      "outside -> nobody Say.Hello 1/1",
    ];
    assert.equal(edgesOf(observer), edges);
    assert.equal(
      [...observer.calls.values()].map(({ code }) => code),
      [500, 404, 404],
    );
  });
});

test("a header that is forged or malformed breaks nothing", async () => {
  await withObserved({ services: [greeter] }, async ({ observer, join }) => {
    const other = await join();
    const values = ["", "a/b", "x".repeat(10_000), "a/b/c/go.micro.srv.greeter", "a/b/<i>/x", "////", "a/b/c/d/e"];
    for (const value of values) {
      const metadata = { [traceHeader]: value };
      await other.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" }, { metadata });
    }

    assert.equal(edgesOf(observer), ["c -> greeter Say.Hello 1/0", "outside -> greeter Say.Hello 6/0"]);
  });
});

test("messages are edges to a topic and from it, and not calls", async () => {
  const heard: unknown[] = [];
  const publisher = defineService({
    name: "publisher",
    handlers: {
      News: {
        Tell: async (input: unknown, { client }) => {
          await client.publish("topic.news", input);
          return {};
        },
      },
    },
  });
  const listener = defineService({
    name: "listener",
    subscribers: {
      "topic.news": async (message: unknown, { client }) => {
        heard.push(await client.call("go.micro.srv.greeter", "Say.Hello", message));
      },
    },
  });
  await withObserved({ services: [publisher, listener, greeter] }, async ({ kernel, observer }) => {
    await kernel.client.call("publisher", "News.Tell", { name: "John" });
    await eventually(limitMs, "the message", () => observer.calls.newest === 4);

    assert.equal(heard, [{ msg: "Hello John" }]);
    assert.equal(edgesOf(observer), [
      "listener -> greeter Say.Hello 1/0",
      "outside -> publisher News.Tell 1/0",
      "publisher -> topic.news publish 1/0",
      "topic.news -> listener deliver 1/0",
    ]);
    assert.is(new Set([...observer.calls.values()].map(({ trace }) => trace)).size, 1);
  });
});

test("a handler that answers at once still does, and its answer is the same object", async () => {
  const answer = { fixed: true };
  let wasPromise: boolean | undefined;
  const fixed = defineService({ name: "fixed", handlers: { Fixed: { Get: () => answer } } });
  // Inside the observer's wrap, which is outermost, there is the handler alone; outside of it there is the call.
  const outer = definePlugin({
    name: "outer",
    setup: ({ hooks }) =>
      hooks.handler.tap({ name: "outer", stage: -2_000_000 }, (next) => (context) => {
        const result = next(context);
        wasPromise = result instanceof Promise;
        return result;
      }),
  });
  await withObserved({ services: [fixed], config: { plugins: [outer] } }, async ({ kernel, observer, join }) => {
    assert.is(await kernel.client.call("fixed", "Fixed.Get"), answer);
    assert.is(wasPromise, false);

    wasPromise = undefined;
    await (await join()).client.call("fixed", "Fixed.Get");
    assert.is(wasPromise, false);
    assert.equal(edgesOf(observer), ["outside -> fixed Fixed.Get 2/0"]);
  });
});

test("what a later kernel does is added to what was seen of the one before", async () => {
  await withObserved({ services: [greeter] }, async ({ kernel, observer, network }) => {
    await hello(kernel);
    await kernel.stop();
    const { memory, startKernel } = await import("@micro/kernel");
    const next = await startKernel({ plugins: [memory({ network }), observer.plugin()], services: [greeter] });
    try {
      await hello(next);

      assert.equal(edgesOf(observer), ["outside -> greeter Say.Hello 2/0"]);
      await eventually(limitMs, "the service", () => observer.fleet.service("go.micro.srv.greeter")?.health === "up");
    } finally {
      await next.stop();
    }
  });
});

test.run();

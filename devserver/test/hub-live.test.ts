import { bidi, definePlugin, defineService, type ServiceDefinition, type ServiceRecord } from "@micro/kernel";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DevEvent } from "../src/events.ts";
import type {
  CallDetail,
  DeltaFrame,
  ExportedTest,
  ServerFrame,
  ShownSetting,
  SnapshotFrame,
} from "../src/hub/protocol.ts";
import { limitMs, TestPage, withHub, withPage } from "./support/hub.ts";
import { devService, greeter } from "./support/observed.ts";

const test = suite("the live stream");
const name = "go.micro.srv.greeter";

const failed = (message: string): DevEvent => ({
  ...{ type: "failed", phase: "build", service: name, file: "/project/greeter.ts", message },
  ...{ frame: undefined, stack: undefined },
});
const logged = (text: string): DevEvent => ({ type: "log", level: "info", service: name, text });

/** What a page knows that did what the protocol says. */
function follow(frames: readonly ServerFrame[]): {
  services: Map<string, unknown>;
  edges: Map<number, { calls: number }>;
} {
  let known = { services: new Map<string, unknown>(), edges: new Map<number, { calls: number }>() };
  for (const frame of frames) {
    if (frame.type === "snapshot") known = { services: new Map(), edges: new Map() };
    if (frame.type !== "snapshot" && frame.type !== "delta") continue;
    for (const service of frame.services ?? []) known.services.set(service.name, service);
    for (const gone of frame.removedServices ?? []) known.services.delete(gone);
    for (const edge of frame.edges ?? []) known.edges.set(edge.id, edge);
    for (const figures of frame.figures ?? []) {
      assert.ok(known.edges.has(figures.id), "figures of an edge that is not known");
      known.edges.set(figures.id, figures);
    }
    for (const gone of frame.removedEdges ?? []) known.edges.delete(gone);
  }
  return known;
}

const numbered = (frames: readonly ServerFrame[]): (SnapshotFrame | DeltaFrame)[] =>
  frames.filter((frame) => frame.type === "snapshot" || frame.type === "delta");

test("a page is told everything, and then what changes, with numbers that grow by one", async () => {
  await withPage({}, async (page, { host }) => {
    const first = await page.find("snapshot");
    assert.equal([first.seq, first.more], [1, false]);
    assert.equal(first.status, { capturing: true, dropped: { services: 0, edges: 0 }, skippedCalls: 0 });

    await host.kernel.client.call(name, "Say.Hello", { name: "John" });
    const delta = await page.find("delta", ({ edges }) => edges !== undefined);
    const [edge] = delta.edges ?? [];
    assert.equal([edge?.caller, edge?.callee, edge?.method, edge?.calls], ["outside", name, "Say.Hello", 1]);
    assert.ok((edge?.windows["10s"].rate ?? 0) > 0);
    const { calls } = await page.find("delta", (frame) => frame.calls !== undefined);
    assert.equal([calls?.[0]?.service, calls?.[0]?.code, "request" in (calls?.[0] ?? {})], [name, 200, false]);

    await host.kernel.client.call(name, "Say.Hello", { name: "John" });
    const { figures } = await page.find("delta", (frame) => frame.figures?.some((one) => one.calls === 2) === true);
    assert.is(figures?.[0]?.id, edge?.id);
    assert.equal(
      numbered(page.frames).map(({ seq }) => seq),
      numbered(page.frames).map((_, at) => at + 1),
    );
    await eventually(limitMs, "the service", () => follow(page.frames).services.has(name));
  });
});

test("a page that comes later is told the same", async () => {
  await withHub({}, async ({ host, observer, port, token }) => {
    host.services = [devService(name, { revision: 3, failure: "no" })];
    host.events.emit(failed("before"));
    await host.kernel.client.call(name, "Say.Hello", { name: "John" });
    await eventually(limitMs, "the service", () => observer.fleet.has(name));
    const page = await new TestPage(port, token).open();
    const { services, edges, events, calls, project } = await page.find("snapshot");

    assert.equal(
      services?.map((one) => one.name),
      [name],
    );
    assert.equal(
      edges?.map(({ calls: count }) => count),
      [1],
    );
    assert.is(calls?.length, 1);
    assert.equal(
      events?.map(({ type }) => type),
      ["failed"],
    );
    assert.equal(
      project?.map(({ revision, failure }) => [revision, failure]),
      [[3, "no"]],
    );
    page.close();
  });
});

test("failures and swaps are told at once, logs with the next tick", async () => {
  // The tick never comes while the test runs.
  await withPage({ limits: { tickMs: 3_600_000 } }, async (page, { host }) => {
    await page.find("snapshot");
    host.events.emit(logged("quiet"));
    host.events.emit(failed("loud"));

    const { events } = await page.find("delta");
    assert.equal(
      events?.map(({ type }) => type),
      ["log", "failed"],
    );
    assert.equal(
      events?.map(({ number }) => number),
      [1, 2],
    );
    for (let count = 0; count < 1000; count++) host.events.emit(failed("storm"));
    await page.ask({ type: "capture", id: 1, on: true });
    assert.ok(page.frames.length <= 15, `${page.frames.length}`);
  });
});

test("nothing new is no frame, and without a page nothing runs", async () => {
  await withHub({ limits: { tickMs: 10 } }, async ({ port, token }) => {
    const leaked = leaks();
    const page = await new TestPage(port, token).open();
    await page.find("snapshot");
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The registry is read once more, and a service of it may still come.
    assert.ok(page.frames.length <= 4, `${page.frames.length}`);

    page.close();
    assert.equal(await leaked(), []);
  });
});

test("a resync brings a snapshot", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page) => {
    const first = await page.find("snapshot");
    page.send({ type: "resync" });

    const second = await page.find("snapshot", ({ seq }) => seq > first.seq);
    assert.is(numbered(page.frames).indexOf(second), second.seq - 1);
  });
});

test("services and edges that go are told to have gone", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page, { observer, host }) => {
    const record: ServiceRecord = { ...{ name: "other", version: "1", metadata: {} }, endpoints: [], nodes: [] };
    observer.fleet.put(record);
    await host.kernel.client.call(name, "Say.Hello", { name: "John" });
    await eventually(
      limitMs,
      "both",
      () => follow(page.frames).services.has("other") && follow(page.frames).edges.size === 1,
    );

    observer.fleet.sweep();
    for (let edge = 0; edge < 2000; edge++) observer.traffic.edge("call", "a", "b", `${edge}`);
    const isGone = (): boolean => !follow(page.frames).services.has("other") && !follow(page.frames).edges.has(1);
    await eventually(limitMs, "their end", isGone);
    await eventually(limitMs, "the others", () => follow(page.frames).edges.size === 2000);
  });
});

test("a large fleet comes in frames of at most 256 KiB, and hostile names as they are", async () => {
  await withHub({}, async ({ observer, port, token }) => {
    const metadata = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`<script>${at}`, "x".repeat(200)]));
    for (let at = 0; at < 100; at++) {
      const nodes = Array.from({ length: 5 }, (_, node) => ({ id: `n-${at}-${node}`, address: "a:1", metadata }));
      observer.fleet.put({ name: `<img onerror=x>${at}`, version: "1", metadata: {}, endpoints: [], nodes });
    }
    const nodes = Array.from({ length: 1000 }, (_, node) => ({ id: `n-${node}`, address: "a:1", metadata }));
    observer.fleet.put({ name: "wide", version: "1", metadata: {}, endpoints: [], nodes });
    const sizes: number[] = [];
    const page = new TestPage(port, token);
    page.socket.on("message", (data) => sizes.push(String(data).length));
    await page.open();
    await eventually(limitMs, "all services", () => follow(page.frames).services.size >= 101);

    assert.ok(sizes.length > 10 && Math.max(...sizes) <= 256 * 1024, `${sizes}`);
    const mores = numbered(page.frames).slice(0, 5);
    assert.equal(mores.map(({ type, more }) => [type, more])[0], ["snapshot", true]);
    assert.ok(mores.slice(1).every(({ type }) => type === "delta"));
    assert.ok(follow(page.frames).services.has("<img onerror=x>7"));
    const wide = follow(page.frames).services.get("wide") as { nodes: unknown[]; isAbridged: boolean };
    assert.equal([wide.nodes.length, wide.isAbridged], [100, true]);
    page.close();
  });
});

/** Fills the connection of a page that does not read, past the buffers of the system. */
const chatter: ServiceDefinition = defineService({
  name: "chatter",
  handlers: { Chatter: { Talk: () => ({ text: "x".repeat(120_000) }) } },
});

test("a page that does not keep up misses changes, and has a snapshot when it caught up", async () => {
  const limits = { tickMs: 20, pauseBytes: 100_000, closeBytes: 1e9 };
  await withPage({ limits, services: [chatter, greeter] }, async (page, { host }) => {
    await page.find("snapshot");
    page.socket.pause();
    for (let id = 1; id <= 30; id++) page.send({ type: "invoke", id, service: "chatter", method: "Chatter.Talk" });
    for (let count = 0; count < 500; count++) {
      host.events.emit(logged(`${count} ${"x".repeat(2000)}`));
      if (count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await host.kernel.client.call(name, "Say.Hello", { name: "John" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    page.socket.resume();

    await page.find("snapshot", ({ seq }) => seq > 1);
    await eventually(limitMs, "the edges", () => follow(page.frames).edges.size === 2);
    assert.equal(
      numbered(page.frames).map(({ seq }) => seq),
      numbered(page.frames).map((_, at) => at + 1),
    );
    const told = numbered(page.frames).flatMap(({ events }) => events ?? []);
    assert.is(told.at(-1)?.number, 500);
  });
});

test("a page that takes nothing at all is closed with 1013", async () => {
  const limits = { tickMs: 20, pauseBytes: 100_000, closeBytes: 400_000 };
  await withPage({ limits, services: [chatter] }, async (page) => {
    page.socket.pause();
    let id = 0;
    const flood = setInterval(() => {
      if (page.socket.readyState !== page.socket.OPEN) return;
      for (let count = 0; count < 20; count++)
        page.send({ type: "invoke", id: ++id, service: "chatter", method: "Chatter.Talk" });
    }, 20);
    try {
      await new Promise((resolve) => setTimeout(resolve, 1500));
    } finally {
      clearInterval(flood);
    }
    page.socket.resume();
    assert.is(await within(10_000, "the end", page.closed), 1013);
  });
});

test("what is no request is answered with an error or closes the page, and nothing else happens", async () => {
  await withHub({}, async ({ port, token }) => {
    const page = await new TestPage(port, token).open();
    const texts = [
      "",
      "x",
      "[]",
      "null",
      "1",
      '"x"',
      "{}",
      '{"type":"x","id":1}',
      '{"type":"reload","id":{}}',
      "[".repeat(60_000),
    ];
    for (const text of texts) page.send(text);
    await eventually(
      limitMs,
      "the answers",
      () => page.frames.filter(({ type }) => type === "reply").length === texts.length,
    );
    for (const frame of page.frames) assert.ok(frame.type !== "reply" || !frame.ok);
    const input = `${"[".repeat(100)}${"]".repeat(100)}`;
    page.send(`{"type":"invoke","id":1,"service":"${name}","method":"Say.Hello","input":${input}}`);
    await page.find("reply", (reply) => !reply.ok && reply.error.detail.includes("nests deeper"));
    assert.equal(await page.ask({ type: "capture", id: 2, on: false }), { value: {} });

    page.send("x".repeat(65 * 1024));
    assert.is(await within(limitMs, "the end", page.closed), 1009);
    const other = await new TestPage(port, token).open();
    other.socket.send(Buffer.from("x"));
    assert.is(await within(limitMs, "the end", other.closed), 1003);
  });
});

test("a page may call methods, and call again what was captured", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page) => {
    const call = { type: "invoke", service: name, method: "Say.Hello", input: { name: "Jane" } };
    assert.equal((await page.ask({ ...call, id: 1 })).value, {
      text: '{"msg":"Hello Jane"}',
      isCut: false,
      isRedacted: false,
    });
    assert.is((await page.ask({ ...call, id: 2, method: "Say.Missing" })).code, 404);
    assert.is((await page.ask({ ...call, id: 3, timeoutMs: 1e9 })).code, 400);
    assert.is((await page.ask({ ...call, id: 4, service: 5 })).code, 400);

    const { calls = [] } = await page.find("delta", (frame) => frame.calls !== undefined);
    const [{ id = "" } = {}] = calls;
    const { value } = await page.ask({ type: "detail", id: 5, call: id });
    assert.is((value as { request: { text: string } }).request.text, '{"name":"Jane"}');
    assert.is(
      ((await page.ask({ type: "replay", id: 6, call: id })).value as { text: string }).text,
      '{"msg":"Hello Jane"}',
    );
    assert.is((await page.ask({ type: "replay", id: 7, call: "none" })).code, 404);
  });
});

test("a revision is for services of this process", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page, { host, observer }) => {
    await page.ask({ type: "invoke", id: 1, service: name, method: "Say.Hello", input: { name: "Jane" } });
    const [call] = [...observer.calls.values()].map(({ id }) => id);
    const replay = { type: "replay", call, revision: 1 };
    assert.match((await page.ask({ ...replay, id: 2 })).detail ?? "", /services that this process runs/);

    host.services = [devService(name, { revision: 2 })];
    const { value } = await page.ask({ ...replay, id: 3 });
    assert.is((value as { text: string }).text, `{"revision":1,"of":"${name} Say.Hello"}`);
  });
});

test("what was cut or has secrets left out is not called again", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page, { observer }) => {
    const call = { type: "invoke", service: name, method: "Say.Hello" };
    await page.ask({ ...call, id: 1, input: { name: "x".repeat(5000) } });
    await page.ask({ ...call, id: 2, input: { name: "x", password: "y" } });

    const [long, secret] = [...observer.calls.values()].map(({ id }) => id);
    assert.match((await page.ask({ type: "replay", id: 3, call: long })).detail ?? "", /too long/);
    assert.match((await page.ask({ type: "replay", id: 4, call: secret })).detail ?? "", /secrets/);
  });
});

test("a page may open streams, and leaving ends them", async () => {
  let ended = 0;
  const echo = defineService({
    name: "echo",
    handlers: {
      Echo: {
        All: bidi(async function* (items: AsyncIterable<unknown>) {
          try {
            yield* items;
          } finally {
            ended++;
          }
        }),
      },
    },
  });
  await withPage({ services: [echo, greeter] }, async (page) => {
    page.send({ type: "open", id: 1, service: name, method: "Say.Count", input: { to: 3 } });
    assert.is((await page.find("ended", ({ id }) => id === 1)).error, undefined);
    const items = page.frames.flatMap((frame) => (frame.type === "item" ? [frame.item.text] : []));
    assert.equal(items, ['{"n":0}', '{"n":1}', '{"n":2}']);

    page.send({ type: "open", id: 2, service: "echo", method: "Echo.All" });
    page.send({ type: "send", id: 2, item: { n: 7 } });
    assert.is((await page.find("item", ({ id }) => id === 2)).item.text, '{"n":7}');
    page.send({ type: "end", id: 2 });
    await page.find("ended", ({ id }) => id === 2);
    assert.is(ended, 1);

    page.send({ type: "open", id: 3, service: name, method: "Say.Missing" });
    assert.is((await page.find("ended", ({ id }) => id === 3)).error?.code, 404);
    assert.is((await page.ask({ type: "send", id: 3, item: {} })).code, 400);

    page.send({ type: "open", id: 4, service: "echo", method: "Echo.All" });
    page.send({ type: "send", id: 4, item: { n: 8 } });
    await page.find("item", ({ id }) => id === 4);
    page.close();
    await eventually(limitMs, "the end of the stream", () => ended === 2);
  });
});

test("a page may reload services and switch capture", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page, { host, observer }) => {
    host.services = [devService(name)];
    assert.equal(await page.ask({ type: "reload", id: 1 }), { value: {} });
    assert.equal(await page.ask({ type: "reload", id: 2, service: name }), { value: {} });
    assert.is((await page.ask({ type: "reload", id: 3, service: "other" })).code, 404);
    assert.equal(host.reloaded, [undefined, name]);

    assert.is((await page.ask({ type: "capture", id: 4, on: "no" })).code, 400);
    await page.ask({ type: "capture", id: 5, on: false });
    assert.is(observer.calls.capturing, false);
    await page.find("delta", ({ status }) => status?.capturing === false);
  });
});

test("a page may read the settings, without secrets, whatever stands in them", async () => {
  const evil = `\u0000\u202e</script>${"x".repeat(10_000)}`;
  const brings = definePlugin({
    name: "brings",
    flags: {
      fake_token: { type: "string", secret: true, description: "a password" },
      fake_address: { type: "string", description: "an address" },
      fake_text: { type: "string", description: "any text" },
      fake_wait: { type: "duration", default: "90s", description: "a time" },
    },
  });
  const settings = { fake_token: "hunter2", fake_address: "nats://user:hunter2@host", fake_text: evil };
  await withPage({ config: { plugins: [brings], settings } }, async (page) => {
    const { value } = await page.ask({ type: "settings", id: 1 });
    const all = (value as { settings: readonly ShownSetting[] }).settings;
    assert.not.match(JSON.stringify(all), "hunter2");
    const source = (of: string): string => `settings.${of} in the config`;
    assert.equal(
      all.filter(({ plugin }) => plugin === "brings"),
      [
        { name: "fake_token", plugin: "brings", value: "***", source: source("fake_token"), isSecret: true },
        {
          ...{ name: "fake_address", plugin: "brings", value: "nats://user:***@host" },
          ...{ source: source("fake_address"), isSecret: false },
        },
        {
          ...{ name: "fake_text", plugin: "brings", value: evil.slice(0, 1024) },
          ...{ source: source("fake_text"), isSecret: false },
        },
        { name: "fake_wait", plugin: "brings", value: "1m30s", source: "default", isSecret: false },
      ],
    );
    assert.ok(all.some(({ name: setting, plugin }) => setting === "registry" && plugin === "kernel"));
  });
});

test("a captured call is exported as a test", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page, { host, observer }) => {
    await page.ask({ type: "invoke", id: 1, service: name, method: "Say.Hello", input: { name: "Jane" } });
    const [call] = [...observer.calls.values()].map(({ id }) => id);
    const asked = { type: "export", call };
    assert.equal(await page.ask({ ...asked, id: 2 }), { code: 404, detail: "this project has no such service" });
    host.services = [devService(name, { file: "/project/services/greeter.ts" })];
    assert.match((await page.ask({ ...asked, id: 3 })).detail ?? "", /stands in the config/);

    host.files.add("/project/services/greeter.ts");
    const { value } = await page.ask({ ...asked, id: 4 });
    const { file, text } = value as ExportedTest;
    assert.match(file, /^test\/say-hello-[a-z0-9-]+\.test\.ts$/);
    assert.match(text, 'import service from "../services/greeter.ts";');
    assert.is((await page.ask({ ...asked, id: 5, call: "none" })).code, 404);
    for (const [at, wrong] of [undefined, 5, {}, "", "x".repeat(257)].entries()) {
      const answer = await page.ask({ ...asked, id: 10 + at, call: wrong });
      assert.equal(answer, { code: 400, detail: "call must be a text of up to 256 characters" });
    }
  });
});

test("what calls carry is data, whatever it is, and has its bounds", async () => {
  const evil = '\u0000\u001b[31m\u202e</script>\u2028"\\';
  const hostile: ServiceDefinition = {
    name: "hostile",
    handlers: {
      Say: {
        Echo: (input: unknown) => input,
        Fail: () => {
          throw new Error(evil + "x".repeat(10_000));
        },
      },
    },
  };
  await withPage({ limits: { tickMs: 20 }, services: [hostile] }, async (page, { host, observer }) => {
    const invoke = { type: "invoke", service: "hostile" };
    const input = JSON.parse(
      `{"__proto__":{"toString":1},"constructor":2,${JSON.stringify(evil)}:${JSON.stringify(evil)}}`,
    );
    await page.ask({ ...invoke, id: 1, method: "Say.Echo", input });
    await page.ask({ ...invoke, id: 2, method: "Say.Fail", input: { text: "x".repeat(10_000) } });
    await page.ask({ ...invoke, id: 3, method: evil });
    const metadata = JSON.parse(`{"__proto__":"a","X-Long":"${"x".repeat(10_000)}"}`) as Record<string, string>;
    await host.kernel.client.call("s".repeat(10_000), "m".repeat(10_000), {}, { metadata }).catch(() => {});

    const details: CallDetail[] = [];
    for (const [at, { id }] of [...observer.calls.values()].entries()) {
      details.push((await page.ask({ type: "detail", id: 10 + at, call: id })).value as CallDetail);
    }
    const [echo, fail, missing, long] = details;
    assert.is(echo?.request?.text, JSON.stringify(input));
    assert.is(echo?.response?.text, JSON.stringify(input));
    assert.is(fail?.error, `${evil}${"x".repeat(1024 - evil.length)}`);
    assert.equal([fail?.request?.isCut, fail?.request?.text.length], [true, 4096]);
    assert.is(missing?.method, evil);
    assert.equal([long?.service.length, long?.method.length], [256, 256]);
    assert.ok(JSON.stringify(long).length < 4096);
    const { value } = await page.ask({ type: "replay", id: 20, call: echo?.id });
    assert.is((value as { text: string }).text, JSON.stringify(input));
    await eventually(limitMs, "the calls", () => {
      const told = page.frames.flatMap((frame) => (frame.type === "delta" ? (frame.calls ?? []) : []));
      return told.some(({ method }) => method === evil);
    });
  });
});

test("a project that is large is told without the shapes of its methods", async () => {
  await withPage({ limits: { tickMs: 20 } }, async (page, { host }) => {
    const input = { type: "string", enum: ["x".repeat(100_000)] } as const;
    const methods = [{ name: "Say.Hello", kind: "unary", idempotent: false, input } as const];
    host.services = Array.from({ length: 3 }, () => devService(name, { methods }));
    const isTold = (count: number, shape: unknown) => (frame: DeltaFrame) =>
      frame.project?.length === count && JSON.stringify(frame.project[0]?.methods[0]?.input) === JSON.stringify(shape);
    await page.find("delta", isTold(3, input));
    host.services = Array.from({ length: 10 }, () => devService(name, { methods }));
    await page.find("delta", isTold(10, null));
  });
});

test("the past is told in frames of ten seconds", async () => {
  await withPage({}, async (page, { host, observer }) => {
    await eventually(limitMs, "the service", () => observer.fleet.has(name));
    await host.kernel.client.call(name, "Say.Hello", { name: "John" });
    for (let at = 1000; at <= 60_000; at += 1000) observer.history.add(observer.now(), at);

    assert.equal((await page.ask({ type: "history", id: 1 })).value, { frames: 60 });
    const frames = page.frames.filter((frame) => frame.type === "history");
    assert.equal(frames.map(({ at }) => at).slice(0, 3), [1000, 2000, 3000]);
    assert.equal(frames[0]?.services, [[name, 1]]);
    assert.is(frames[1]?.services, undefined);
    assert.equal(
      frames[59]?.edges?.map(({ callee, calls }) => [callee, calls]),
      [[name, 1]],
    );
    assert.equal((await page.ask({ type: "history", id: 2, since: 58_000 })).value, { frames: 2 });
    assert.is((await page.ask({ type: "history", id: 3, since: "x" })).code, 400);
  });
});

test("a page that has gone away without a word is cut off", async () => {
  await withHub({ limits: { pingMs: 50, clients: 1 } }, async ({ port, token }) => {
    const page = await new TestPage(port, token).open();
    page.socket.pause();
    await eventually(limitMs, "its place", async () => {
      const next = new TestPage(port, token);
      const isOpen = await Promise.race([
        next.open().then(
          () => true,
          () => true,
        ),
        next.closed.then(() => false),
      ]);
      next.close();
      return isOpen;
    });
    page.close();
  });
});

test("the end of the hub closes its pages with 1001", async () => {
  await withPage({}, async (page, { hub }) => {
    await page.find("snapshot");
    await hub.close();
    assert.is(await within(limitMs, "the end", page.closed), 1001);
    await hub.close();
  });
});

test.run();

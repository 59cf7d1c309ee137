import { setTimeout as sleep } from "node:timers/promises";
import type { ClientStream, MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Project, sayer } from "./support/project.ts";
import { Remote } from "./support/remote.ts";

const test = suite("a service in a worker");

async function using(
  files: Readonly<Record<string, string>>,
  run: (project: Project, remote: Remote) => Promise<void>,
): Promise<void> {
  const project = await Project.create(files);
  let remote: Remote | undefined;
  try {
    await project.start();
    remote = await Remote.start(project);
    await run(project, remote);
  } finally {
    await remote?.close();
    await within(15_000, "closing the project", project.close());
  }
}

/** A service in a worker. */
function isolated(handlers: string, { more = "", head = "" } = {}): string {
  return `import { bidi, clientStream, defineService, method, MicroError } from "@micro/kernel";
import { threadId } from "node:worker_threads";
${head}
export default defineService({ name: "a", isolate: "worker", ${more}
  handlers: { Say: { ${handlers} } },
});
`;
}

async function failure(work: Promise<unknown>): Promise<MicroError> {
  try {
    await work;
  } catch (error) {
    return error as MicroError;
  }
  throw new Error("it did not fail");
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

test("answers from another thread, and is served, described and swapped like any other", () =>
  using(
    { "services/a.ts": isolated(`Hello: ({ name }) => ({ msg: "one " + name, threadId })`) },
    async (project, remote) => {
      const [service] = project.host.services;
      assert.is(service?.isolated, 'isolate: "worker"');
      assert.is((await project.event("started")).isolated, true);
      const { msg, threadId } = await remote.call<{ msg: string; threadId: number }>("a", "Say.Hello", {
        name: "John",
      });
      assert.is(msg, "one John");
      assert.ok(threadId > 0, "it ran in this thread");

      await project.write("services/a.ts", isolated(`Hello: ({ name }) => ({ msg: "two " + name })`));
      await eventually(10_000, "new code answers", async () => {
        return (await remote.call("a", "Say.Hello", { name: "John" })).msg === "two John";
      });
      assert.is((await project.event("swapped")).service, "a");
      await project.event("drained");
      assert.equal(project.all("failed"), []);
    },
  ));

test("a change of a file that it imports, source maps and import() work as in the process", () =>
  using(
    {
      "services/a.ts": isolated(
        `Hello: async () => ({ msg: word + (await import("../lib/late.ts")).late }), Fail: () => fail()`,
        { head: `import { fail, word } from "../lib/word.ts";` },
      ),
      "lib/word.ts": `export const word: string = "one";\n\nexport function fail(): never {\n  throw new Error("no word");\n}\n`,
      "lib/late.ts": `export const late = " late";`,
    },
    async (project, remote) => {
      assert.is((await remote.call("a", "Say.Hello")).msg, "one late");
      await project.write(
        "lib/word.ts",
        `export const word: string = "two";\n\nexport function fail(): never {\n  throw new Error(new Error("x").stack.split("\\n")[1]);\n}\n`,
      );
      await eventually(10_000, "new code", async () => (await remote.call("a", "Say.Hello")).msg === "two late");
      const { code, detail } = await failure(remote.call("a", "Say.Fail"));
      assert.is(code, 500);
      assert.match(detail, /lib\/word\.ts:4:/);
    },
  ));

test("streams go both ways", () =>
  using(
    {
      "services/a.ts": isolated(`
        async *Count({ to }) { for (let n = 0; n < to; n++) yield { n }; },
        Sum: clientStream(async (items) => { let sum = 0; for await (const { n } of items) sum += n; return { sum }; }),
        Echo: bidi(async function* (items) { for await (const item of items) yield { got: item.n }; }),`),
    },
    async (_project, remote) => {
      const counted = await all(remote.stream<{ n: number }>("a", "Say.Count", { to: 100 }));
      assert.equal(
        counted.map(({ n }) => n),
        Array.from({ length: 100 }, (_, n) => n),
      );

      const numbers = async function* () {
        for (let n = 1; n <= 100; n++) yield { n };
      };
      assert.equal(await all(remote.stream("a", "Say.Sum", numbers())), [{ sum: 5050 }]);

      const echo = remote.stream<{ got: number }>("a", "Say.Echo");
      for (let n = 0; n < 40; n++) {
        await echo.send({ n });
        assert.equal(await echo.receive(), { got: n });
      }
      echo.end();
      assert.is(await echo.receive(), undefined);
    },
  ));

test("a stream is made only as fast as it is taken, and ends with its taker", () =>
  using(
    {
      "services/a.ts": isolated(
        `
        async *Flood() { try { for (;;) { made++; yield { text: "x".repeat(65536) }; } } finally { left = true; } },
        Made: () => ({ made, left }),`,
        { head: "let made = 0; let left = false;" },
      ),
    },
    async (_project, remote) => {
      const state = () => remote.call<{ made: number; left: boolean }>("a", "Say.Made");
      const stream: ClientStream = remote.stream("a", "Say.Flood", {});
      await stream.receive();
      let before = -1;
      await eventually(10_000, "it stands still", async () => {
        const { made } = await state();
        const isStill = made === before;
        before = made;
        await sleep(200);
        return isStill;
      });
      assert.ok(before < 1500, `${before} were made with nobody to take them`);
      stream.close();
      await eventually(5000, "its finally ran", async () => (await state()).left);
    },
  ));

test("a deadline and a caller that leaves abort the signal in the worker", () =>
  using(
    {
      "services/a.ts": isolated(
        `
        Wait: (_, { signal, deadline }) => new Promise((_resolve, reject) => {
          left = deadline - performance.now();
          signal.addEventListener("abort", () => { reasons.push(signal.reason.code); reject(signal.reason); });
        }),
        Seen: () => ({ reasons, left }),`,
        { head: "const reasons = []; let left = 0;" },
      ),
    },
    async (_project, remote) => {
      const seen = () => remote.call<{ reasons: number[]; left: number }>("a", "Say.Seen");
      assert.is((await failure(remote.call("a", "Say.Wait", {}, { timeout: "300ms" }))).code, 408);
      await eventually(5000, "the abort", async () => (await seen()).reasons.length === 1);
      const { left } = await seen();
      assert.ok(left > 0 && left <= 300, `${left} ms were left`);

      const controller = new AbortController();
      const waiting = failure(remote.call("a", "Say.Wait", {}, { signal: controller.signal }));
      await sleep(100);
      controller.abort();
      await waiting;
      await eventually(5000, "the second abort", async () => (await seen()).reasons.length === 2);
    },
  ));

test("errors come out as they went in", () =>
  using(
    {
      "services/a.ts": isolated(`
        Teapot: () => { throw new MicroError("a.b", 418, "short and stout"); },
        Plain: () => { throw new TypeError("plain"); },
        Text: () => { throw "text"; },
        Nothing: () => undefined,
        Checked: method({ validate: { "~standard": { version: 1, vendor: "x", validate: () => ({ issues: [{ message: "too small", path: ["n"] }] }) } } }, () => ({})),`),
    },
    async (_project, remote) => {
      const { id, code, detail } = await failure(remote.call("a", "Say.Teapot"));
      assert.equal([id, code, detail], ["a.b", 418, "short and stout"]);
      const plain = await failure(remote.call("a", "Say.Plain"));
      assert.equal([plain.id, plain.code, plain.detail], ["a", 500, "plain"]);
      assert.is((await failure(remote.call("a", "Say.Text"))).detail, "text");
      assert.equal(await remote.call("a", "Say.Nothing"), {});
      const checked = await failure(remote.call("a", "Say.Checked", { n: 1 }));
      assert.equal([checked.code, checked.detail], [400, "Say.Checked: n: too small"]);
    },
  ));

test("what cannot be copied is an error that names the method and the place", () =>
  using(
    {
      "services/a.ts": isolated(`
        Answer: () => ({ user: { items: [1, { total: () => 2 }] } }),
        Ask: (_, { client }) => client.call("b", "Say.Hello", { then: { callback() {} } }),
        async *Items() { yield { ok: 1 }; yield { bad: Symbol("s") }; },`),
      "services/b.ts": sayer("b", "hello"),
    },
    async (_project, remote) => {
      assert.match(
        (await failure(remote.call("a", "Say.Answer"))).detail,
        /Say\.Answer: the answer has "user\.items\[1\]\.total", which is a function/,
      );
      assert.match(
        (await failure(remote.call("a", "Say.Ask"))).detail,
        /b Say\.Hello: the request has "then\.callback", which is a function/,
      );
      assert.match(
        (await failure(all(remote.stream("a", "Say.Items", {})))).detail,
        /Say\.Items: the answer has "bad", which is a symbol/,
      );
    },
  ));

test("the client in a worker carries metadata on, streams, publishes, and hears of messages", () =>
  using(
    {
      "services/a.ts": isolated(
        `
        Through: async (_, { client, metadata, remoteAddress, method, service }) => ({
          ...(await client.of("b").Say.Who({}, { metadata: { "X-Extra": "1" } })), here: metadata["X-Trace"], remoteAddress, method, service }),
        Count: async (_, { client }) => { const got = []; for await (const { n } of client.stream("b", "Say.Count", { to: 30 })) got.push(n); return { got }; },
        Half: async (_, { client }) => { for await (const { n } of client.stream("b", "Say.Count", { to: 1e9 })) if (n > 20) break; return {}; },
        Echo: async (_, { client }) => { const s = client.stream("b", "Say.Echo"); await s.send({ n: 7 }); s.end(); const got = []; for await (const x of s) got.push(x); return { got }; },
        Missing: (_, { client }) => client.call("nobody.here", "Say.Hello"),
        Slow: (_, { client }) => client.call("b", "Say.Slow", {}, { timeout: "100ms" }),
        Tell: async (_, { client }) => { await client.publish("news", { text: "hot" }); return {}; },
        Heard: () => ({ heard }),`,
        {
          head: "const heard = [];",
          more: `subscribers: { news: (message, { topic }) => { heard.push([topic, message.text]); } },`,
        },
      ),
      "services/b.ts": `import { bidi, defineService } from "@micro/kernel";
let left = false;
export default defineService({ name: "b", handlers: { Say: {
  Who: (_: {}, { metadata }) => ({ trace: metadata["X-Trace"], extra: metadata["X-Extra"] }),
  async *Count({ to }: { to: number }) { try { for (let n = 0; n < to; n++) yield { n }; } finally { left = true; } },
  Left: () => ({ left }),
  Slow: async () => { await new Promise((r) => setTimeout(r, 3000)); return {}; },
  Echo: bidi(async function* (items: AsyncIterable<{ n: number }>) { yield* items; }),
} } });`,
    },
    async (_project, remote) => {
      const through = await remote.call<Record<string, string>>(
        "a",
        "Say.Through",
        {},
        { metadata: { "X-Trace": "t1" } },
      );
      assert.match(String(through.remoteAddress), /^127\.0\.0\.1:\d+$/);
      assert.equal(
        { ...through, remoteAddress: "" },
        { trace: "t1", extra: "1", here: "t1", remoteAddress: "", method: "Say.Through", service: "a" },
      );
      assert.is((await remote.call<{ got: number[] }>("a", "Say.Count")).got.length, 30);
      await remote.call("a", "Say.Half");
      await eventually(
        5000,
        "b's stream ended",
        async () => (await remote.call<{ left: boolean }>("b", "Say.Left")).left,
      );
      assert.equal(await remote.call("a", "Say.Echo"), { got: [{ n: 7 }] });
      assert.is((await failure(remote.call("a", "Say.Missing"))).code, 404);
      assert.is((await failure(remote.call("a", "Say.Slow"))).code, 408);
      await remote.call("a", "Say.Tell");
      await eventually(5000, "the message", async () => {
        const { heard } = await remote.call<{ heard: unknown[] }>("a", "Say.Heard");
        return JSON.stringify(heard) === '[["news","hot"]]';
      });
    },
  ));

test("start and stop run in the worker, and hot state passes from worker to worker", () => {
  const text = (name: string) =>
    isolated(`Get: () => ({ count: ++count, from: ${JSON.stringify(name)}, started })`, {
      head: `let count = 0; let started = 0;
export const hot = { handover: () => ({ count }), accept: (data) => { count = data.count; } };`,
      more: `start: ({ log }) => { started++; log.info("up", { who: "${name}" }); }, stop: () => console.log("down ${name}"),`,
    });
  return using({ "services/a.ts": text("one") }, async (project, remote) => {
    type State = { count: number; from: string; started: number };
    assert.equal(await remote.call<State>("a", "Say.Get"), { count: 1, from: "one", started: 1 });
    await project.write("services/a.ts", text("two"));
    await project.event("drained");
    assert.equal(await remote.call<State>("a", "Say.Get"), { count: 2, from: "two", started: 1 });
    await project.event(
      "log",
      ({ service, level, text: said }) => service === "a" && level === "info" && said === "up who=two",
    );
    await project.event("log", ({ service, text: said }) => service === "a" && said === "down one");
  });
});

test("state that cannot be copied is told of, and the new code starts without it", () => {
  const text = (n: number) =>
    isolated(`Get: () => ({ n: ${n}, accepted })`, {
      head: `let accepted = false; export const hot = { handover: () => ({ db: () => 1 }), accept: () => { accepted = true; } };`,
    });
  return using({ "services/a.ts": text(1) }, async (project, remote) => {
    await project.write("services/a.ts", text(2));
    await project.event("swapped");
    assert.equal(await remote.call("a", "Say.Get"), { n: 2, accepted: false });
    await project.event(
      "log",
      ({ level, text: said }) => level === "warn" && said.includes('what hot.handover() returns has "db"'),
    );
  });
});

test("what it writes is told of line by line", () =>
  using(
    { "services/a.ts": isolated(`Hello: () => { console.log("one\\ntwo"); console.error("bad"); return {}; }`) },
    async (project, remote) => {
      await remote.call("a", "Say.Hello");
      for (const [level, text] of [
        ["info", "one"],
        ["info", "two"],
        ["error", "bad"],
      ]) {
        await project.event("log", (event) => event.service === "a" && event.level === level && event.text === text);
      }
    },
  ));

test("top-level await moves a service to a worker, says so, and works with what imports it", () =>
  using(
    {
      "services/a.ts": `import { defineService } from "@micro/kernel";
import { value, slow as late } from "../lib/slow.ts";
const first = await Promise.resolve(value + 1);
export default defineService({ name: "a", handlers: { Say: { Hello: () => ({ msg: [first, late(), import.meta.filename.endsWith("a.ts")].join() }), Where: () => ({ msg: new Error("x").stack!.split("\\n")[1]! }) } } });`,
      "lib/slow.ts": `import { setTimeout } from "node:timers/promises";
export let value: number = 0;
await setTimeout(30);
value = 41;
export function slow(): string { return "late " + value; }
export default class {}`,
    },
    async (project, remote) => {
      assert.match(project.host.services[0]?.isolated ?? "", /top-level await/);
      assert.is((await remote.call("a", "Say.Hello")).msg, "42,late 41,true");
      assert.match((await remote.call("a", "Say.Where")).msg, /services\/a\.ts:4:/);
    },
  ));

test("a method with a schema is refused, with what to do", () =>
  using(
    { "services/a.ts": isolated(`Hello: method({ input: {} }, () => ({}))`), "services/b.ts": sayer("b", "b") },
    async (project, remote) => {
      const { message } = await project.event("failed");
      assert.match(
        message,
        /"a" cannot run in a worker: Say\.Hello has a schema.*[Dd]rop the schema.*or drop what isolates/s,
      );
      assert.is((await remote.call("b", "Say.Hello")).msg, "b");
    },
  ));

test("what a worker may not do fails where it is done, and says why", () =>
  using({ "services/a.ts": isolated(`Hello: () => process.chdir("/")`) }, async (_project, remote) => {
    assert.match(
      (await failure(remote.call("a", "Say.Hello"))).detail,
      /process\.chdir\(\) is not supported in workers/,
    );
    assert.match((await failure(remote.call("a", "Say.Hello"))).detail, /not supported in workers/);
  }));

test.run();

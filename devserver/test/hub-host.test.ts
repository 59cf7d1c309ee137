import { eventually, within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DevHost, DevService } from "../src/dev-host.ts";
import { startHub } from "../src/hub/index.ts";
import type { CallDetail, CallSummary, LogEvent } from "../src/hub/protocol.ts";
import { Observer } from "../src/observe/index.ts";
import { limitMs, TestPage } from "./support/hub.ts";
import { edgesOf } from "./support/observed.ts";
import { Project, sayer } from "./support/project.ts";
import { Remote } from "./support/remote.ts";

const test = suite("the live stream of a real host");

interface Shown {
  /** Opens another page. */
  readonly open: () => Promise<TestPage>;
  readonly page: TestPage;
  readonly project: Project;
  readonly host: DevHost;
  readonly observer: Observer;
}

/** Runs a test with a page of a project. */
async function withProject(
  files: Readonly<Record<string, string>>,
  run: (shown: Shown) => Promise<void>,
): Promise<void> {
  const observer = new Observer();
  const project = await Project.create(files);
  try {
    const config = { services: ["services/*.ts"], plugins: [standard(), observer.plugin()] };
    const host = await project.start({ config });
    const hub = await startHub({ host, observer, port: 0, env: {}, limits: { tickMs: 20 } });
    const { port, hash } = new URL(hub.pageUrl);
    const pages: TestPage[] = [];
    const open = (): Promise<TestPage> => {
      const page = new TestPage(Number(port), hash.slice(1));
      pages.push(page);
      return page.open();
    };
    try {
      await run({ open, page: await open(), project, host, observer });
    } finally {
      for (const page of pages) page.close();
      await hub.close();
    }
  } finally {
    observer.close();
    await within(15_000, "closing the project", project.close());
  }
}

/** Waits until the page is told of a service as it has to be. */
async function told(page: TestPage, fits: (service: DevService) => boolean): Promise<DevService> {
  const all = (): readonly DevService[] => {
    return page.frames.flatMap((frame) =>
      frame.type === "snapshot" || frame.type === "delta" ? (frame.project ?? []) : [],
    );
  };
  await eventually(limitMs, "the service", () => all().some(fits));
  return all().find(fits) as DevService;
}

/** The calls of a method that the page was told of. */
function callsOf(page: TestPage, method: string): readonly CallSummary[] {
  const frames = page.frames.flatMap((one) =>
    one.type === "snapshot" || one.type === "delta" ? (one.calls ?? []) : [],
  );
  return frames.filter((call) => call.method === method);
}

/** Waits until the page is told of a call. */
async function callOf(page: TestPage, fits: (call: CallSummary) => boolean): Promise<CallSummary> {
  const all = (): readonly CallSummary[] => {
    return page.frames.flatMap((frame) =>
      frame.type === "snapshot" || frame.type === "delta" ? (frame.calls ?? []) : [],
    );
  };
  await eventually(limitMs, "the call", () => all().some(fits));
  return all().find(fits) as CallSummary;
}

test("a swap is told, the edge counts on, and a page may call the new code", async () => {
  await withProject({ "services/a.ts": sayer("a", "one") }, async ({ page, project, observer }) => {
    const { project: services } = await page.find("snapshot");
    assert.equal(
      services?.map(({ name, revision }) => [name, revision]),
      [["a", 0]],
    );
    const call = { type: "invoke", service: "a", method: "Say.Hello", input: {} };
    assert.match(JSON.stringify((await page.ask({ ...call, id: 1 })).value), /one/);

    await project.write("services/a.ts", sayer("a", "two"));
    const isSwap = ({ type }: { readonly type: string }): boolean => type === "swapped";
    await page.find("delta", ({ events }) => events?.some(isSwap) === true);
    await told(page, ({ revision }) => revision === 1);
    assert.match(JSON.stringify((await page.ask({ ...call, id: 2 })).value), /two/);
    assert.equal(edgesOf(observer), ["outside -> a Say.Hello 2/0"]);
    await eventually(limitMs, "the service", () => observer.fleet.service("a")?.health === "up");
  });
});

/** A service whose `Wait` answers when there is a file "open" in the project. */
const waiter = (msg: string, more = "") => `import { existsSync } from "node:fs";
import { defineService } from "@micro/kernel";
const gate = new URL("../open", import.meta.url);
export default defineService({
  name: "a",
  ${more}
  handlers: {
    Say: {
      Hello: ({ name = "" }: { name?: string }) => ({ msg: "${msg} " + name }),
      Wait: async () => {
        while (!existsSync(gate)) await new Promise((done) => setTimeout(done, 5));
        return { msg: "${msg}" };
      },
    },
  },
});
`;

for (const [where, more] of [
  ["in this process", ""],
  ["in a worker", 'isolate: "worker",'],
] as const) {
  test(`a call can be replayed on old code while it drains, ${where}`, async () => {
    await withProject({ "services/a.ts": waiter("one", more) }, async ({ page, project }) => {
      const { methods } = await told(page, ({ name }) => name === "a");
      assert.equal(methods, [
        { name: "Say.Hello", kind: "unary", idempotent: false, input: null },
        { name: "Say.Wait", kind: "unary", idempotent: false, input: null },
      ]);
      const invoke = { type: "invoke", service: "a" };
      await page.ask({ ...invoke, id: 1, method: "Say.Hello", input: { name: "Jane" } });
      const { id: call } = await callOf(page, ({ method }) => method === "Say.Hello");
      page.send({ ...invoke, id: 2, method: "Say.Wait", input: {}, timeoutMs: 60_000 });
      await project.write("services/a.ts", waiter("two", more));
      const { draining, revision } = await told(page, (service) => service.draining.length > 0);
      assert.equal([draining, revision], [[{ revision: 0, inFlight: 1 }], 1]);

      const replay = async (id: number, on?: unknown) => page.ask({ type: "replay", id, call, revision: on });
      const text = ({ value }: { value?: unknown }): string => (value as { text: string }).text;
      assert.is(text(await replay(3)), '{"msg":"two Jane"}');
      assert.is(text(await replay(4, 1)), '{"msg":"two Jane"}');
      assert.is(text(await replay(5, 0)), '{"msg":"one Jane"}');
      // It is seen as any other call.
      await eventually(limitMs, "the calls", () => {
        const seen = page.frames.flatMap((frame) => (frame.type === "delta" ? (frame.calls ?? []) : []));
        return seen.filter(({ method }) => method === "Say.Hello").length === 4;
      });
      assert.equal(await replay(6, 2), { code: 400, detail: "revision must be at most 1, which serves" });
      for (const [at, wrong] of [-1, 1.5, "0", {}, null].entries()) {
        assert.equal(await replay(10 + at, wrong), { code: 400, detail: "revision must be a number from 0" });
      }

      await project.write("open", "");
      await told(page, (service) => service.revision === 1 && service.draining.length === 0);
      await page.find("reply", ({ id }) => id === 2);
      assert.equal(await replay(20, 0), { code: 409, detail: "that version has drained" });
    });
  });
}

test("what does not build is told with its place until it is mended, to pages that come later too", async () => {
  await withProject({ "services/a.ts": sayer("a", "one") }, async ({ page, project, open }) => {
    assert.is((await told(page, ({ name }) => name === "a")).failureDetail, undefined);
    await project.write("services/a.ts", `${sayer("a", "two")}\nx y;\n`);
    const { failure, failureDetail } = await told(page, (service) => service.failureDetail !== undefined);
    assert.is(failureDetail?.message, failure);
    assert.equal([failureDetail?.phase, failureDetail?.file], ["build", project.path("services/a.ts")]);
    assert.equal([failureDetail?.line, failureDetail?.column], [8, 3]);
    assert.match(failureDetail?.excerpt ?? "", "> 8 | x y;");
    assert.equal(await told(await open(), ({ name }) => name === "a").then((one) => one.failureDetail), failureDetail);

    await project.write("services/a.ts", `${sayer("a", "three")}\nthrow new Error("x".repeat(10_000));\n`);
    const later = await told(page, (service) => service.failureDetail?.phase === "start");
    assert.equal([later.failureDetail?.line, later.failureDetail?.message.length], [8, 4096]);
    assert.match(later.failureDetail?.stack ?? "", /^Error: x{4096}\n {4}at .*a\.ts:8:7/);

    await project.write("services/a.ts", sayer("a", "four"));
    await told(page, (service) => service.revision === 1 && service.failureDetail === undefined);
  });
});

for (const [where, more] of [
  ["in this process", ""],
  ["in a worker", 'isolate: "worker",'],
] as const) {
  test(`what a service logs and writes is kept under its name, for pages that come later, ${where}`, async () => {
    const chatty = (name: string) => `import { defineService } from "@micro/kernel";
import { log } from "node:console";
console.log("evaluated", { by: "${name}" });
export default defineService({
  name: "${name}", ${more}
  start: ({ log }) => log.info("started", { n: 1 }),
  handlers: {
    Say: {
      Hello: (_input, { log: own }) => {
        own.warn("careful");
        console.error("written\\nin two lines");
        log("by import");
        return {};
      },
    },
  },
});
`;
    await withProject({ "services/a.ts": chatty("a"), "services/b.ts": chatty("b") }, async ({ project, open }) => {
      for (let at = 0; at < 5; at++) await project.call("a", "Say.Hello");
      await project.call("b", "Say.Hello");
      for (let at = 0; at < 600; at++) {
        project.events.emit({ type: "log", level: "info", service: "other", text: `${at}` });
      }
      const page = await open();
      let id = 0;
      const logsOf = async (service?: string): Promise<readonly LogEvent[]> => {
        const { value } = await page.ask({ type: "logs", id: ++id, ...(service !== undefined && { service }) });
        return (value as { logs: readonly LogEvent[] }).logs;
      };
      const texts = async (service: string): Promise<string[]> =>
        (await logsOf(service)).map(({ level, text }) => `${level} ${text}`);
      const written =
        where === "in a worker" ? ["error written", "error in two lines"] : ["error written\nin two lines"];
      const each = ["warn careful", ...written, "info by import"].sort();
      // A worker's streams are read beside its messages, so what goes through one may overtake the other.
      const expected = ["info evaluated { by: 'b' }", "info started n=1", ...each].sort();
      await eventually(limitMs, "the logs", async () => (await texts("b")).length >= expected.length);
      assert.equal((await texts("b")).sort(), expected);
      await eventually(limitMs, "the logs", async () => (await texts("a")).length === 2 + 5 * each.length);
      assert.ok((await logsOf()).some(({ service }) => service === "a"));
      assert.equal(await texts("none"), []);
      for (const wrong of ["", 5, "x".repeat(257), null]) {
        const answer = await page.ask({ type: "logs", id: ++id, service: wrong });
        assert.equal(answer, { code: 400, detail: "service must be a text of up to 256 characters" });
      }
    });
  });
}

/** Its methods throw in line 7 and 9. */
const thrower = (more: string): string => `import { badRequest, defineService, serverStream } from "@micro/kernel";
${more}
export default defineService({
  name: "a", ...isolated,
  handlers: {
    Say: {
      Hello: async () => { throw badRequest("a", "no such name"); },
      Count: serverStream(async function* () {
        yield {}; throw new Error("no more");
      }),
      Odd: () => { throw Object.defineProperty({}, "stack", { get() { throw 1; } }); },
      Fine: () => ({}),
      Lies: () => { throw new Error("x".repeat(10_000) + "\\n    at Elsewhere (" + import.meta.filename + ":1:1)\\u202e"); },
    },
  },
});
`;

for (const [where, more] of [
  ["in this process", "const isolated = {};"],
  ["in a worker", 'const isolated = { isolate: "worker" };'],
] as const) {
  test(`a call that failed is told with where its handler threw, ${where}`, async () => {
    await withProject({ "services/a.ts": thrower(more) }, async ({ page, project }) => {
      const file = project.path("services/a.ts");
      const detailOf = async (id: number, name: string): Promise<CallDetail> => {
        const { id: call } = await callOf(page, ({ method }) => method === name);
        return (await page.ask({ type: "detail", id, call })).value as CallDetail;
      };
      await page.ask({ type: "invoke", id: 1, service: "a", method: "Say.Hello" });
      const { error, stack, frame } = await detailOf(2, "Say.Hello");
      assert.is(error, "no such name");
      assert.match(stack ?? "", new RegExp(`^at .*${file}:7:\\d+\\)?$`));
      assert.equal([frame?.file, frame?.line], [file, 7]);
      assert.match(frame?.excerpt ?? "", "> 7 |       Hello: async () => { throw badRequest");

      page.send({ type: "open", id: 3, service: "a", method: "Say.Count", input: {} });
      await page.find("ended");
      assert.is((await detailOf(4, "Say.Count")).frame?.line, 9);

      await page.ask({ type: "invoke", id: 5, service: "a", method: "Say.Odd" });
      await page.ask({ type: "invoke", id: 6, service: "a", method: "Say.Fine" });
      for (const method of ["Say.Odd", "Say.Fine"]) assert.not("stack" in (await detailOf(7, method)));

      await page.ask({ type: "invoke", id: 10, service: "a", method: "Say.Lies" });
      const lies = await detailOf(11, "Say.Lies");
      assert.equal([lies.frame?.line, lies.error?.length], [13, 1024]);
      assert.not.match(lies.stack ?? "", "Elsewhere");

      const remote = await Remote.start(project);
      await remote.call("a", "Say.Hello").catch(() => {});
      await remote.close();
      await eventually(limitMs, "the other call", () => callsOf(page, "Say.Hello").length === 2);
      const { value } = await page.ask({ type: "detail", id: 8, call: callsOf(page, "Say.Hello")[1]?.id });
      assert.is((value as CallDetail).frame?.line, 7);

      // What stands there now is not what ran.
      await project.write("services/a.ts", `export const added = 1;\n${thrower(more)}`);
      await told(page, ({ revision }) => revision === 1);
      const old = await detailOf(9, "Say.Hello");
      assert.equal([old.frame?.line, old.frame?.excerpt], [7, ""]);
    });
  });
}

test.run();

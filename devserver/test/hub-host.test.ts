import { eventually, within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DevHost, DevService } from "../src/dev-host.ts";
import { startHub } from "../src/hub/index.ts";
import type { CallSummary } from "../src/hub/protocol.ts";
import { Observer } from "../src/observe/index.ts";
import { limitMs, TestPage } from "./support/hub.ts";
import { edgesOf } from "./support/observed.ts";
import { Project, sayer } from "./support/project.ts";

const test = suite("the live stream of a real host");

interface Shown {
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
    const page = await new TestPage(Number(port), hash.slice(1)).open();
    try {
      await run({ page, project, host, observer });
    } finally {
      page.close();
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

test.run();

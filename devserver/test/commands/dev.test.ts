import { definePlugin } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runDev } from "../../src/commands/run-dev.ts";
import { type DevserverOptions, devserver } from "../../src/devserver-plugin.ts";
import { createContext, type TestContext } from "../support/command-context.ts";
import { type FakeParts, fakeParts } from "../support/fake-host.ts";
import { fakeTerminal } from "../support/fake-terminal.ts";

const test = suite("micro dev");

test("it starts the host, then the page, says that all is ready, and closes in reverse when asked to end", async () => {
  const parts = fakeParts();
  const run = start(parts);
  await run.prints("ready in ");

  run.test.abort();

  assert.is(await run.ended, 0);
  assert.match(
    run.test.stdout,
    /^page http:\/\/127\.0\.0\.1:4000\/#token\nready in \d+ ms, 0 services\nno file matches "services" of /,
  );
  assert.equal(parts.notes, [
    "start host",
    "serve page on the usual port",
    "close page",
    "close host",
    "close workers",
    "close observer",
  ]);
  assert.is(run.test.stderr, "");
});

test("what the host tells is printed, a line an event, and nothing after the end", async () => {
  const parts = fakeParts();
  const run = start(parts);
  await run.prints("ready in ");

  const { events } = parts.options;
  events.emit({ type: "recovered", service: undefined, file: "services/a.ts" });
  run.test.abort();
  await run.ended;
  events.emit({ type: "recovered", service: undefined, file: "services/b.ts" });

  assert.match(run.test.stdout, "recovered services/a.ts\n");
  assert.not.match(run.test.stdout, "services/b.ts");
});

test("each kernel gets the config of the moment with the page's plugin, on loopback unless it says otherwise", async () => {
  const parts = fakeParts();
  const configs: object[] = [];
  const run = start(parts, {
    startWith: async (config, env) => {
      configs.push({ ...config, env });
      return undefined as never;
    },
  });
  await run.prints("ready in ");
  const mine = definePlugin({ name: "mine" });

  await parts.options.startKernel({ plugins: [mine] }, { A: "1" });
  await parts.options.startKernel({ local: false, settings: { server_address: ":0" } }, {});

  const loopback = { server_address: "127.0.0.1:0", broker_address: "127.0.0.1:0" };
  assert.equal(configs, [
    { plugins: [mine, { name: "fake-page" }], settings: loopback, env: { A: "1" } },
    { local: false, settings: { ...loopback, server_address: ":0" }, plugins: [{ name: "fake-page" }], env: {} },
  ]);
  run.test.abort();
  await run.ended;
});

test("flags, and the options of the plugin beneath them, reach the host and the page", async () => {
  const byFlags = fakeParts();
  const byOptions = fakeParts();
  const runs = [
    start(byFlags, { flags: { drain: "250ms", dev_port: "4001" } }, { drain: "3s", port: 4002 }),
    start(byOptions, {}, { drain: 1500, port: 4002 }),
  ];
  for (const run of runs) {
    await run.prints("ready in ");
    run.test.abort();
    await run.ended;
  }

  assert.equal([byFlags.options.drainLimitMs, byFlags.notes[1]], [250, "serve page on 4001"]);
  assert.equal([byOptions.options.drainLimitMs, byOptions.notes[1]], [1500, "serve page on 4002"]);
});

test("types are not looked at where a flag or an option says so", async () => {
  for (const run of [start(fakeParts(), { flags: { no_types: true } }), start(fakeParts(), {}, { types: false })]) {
    await run.prints("ready in ");
    run.test.abort();
    await run.ended;
    assert.not.match(run.test.stdout, "types");
  }
  const checked = start(fakeParts());
  await checked.prints("types are not checked: there is no tsconfig.json\n");
  checked.test.abort();
  await checked.ended;
});

test("a host that does not start is an error, and what was opened before it is closed", async () => {
  const parts = fakeParts((note) => refuse(note, "start host"));
  const run = start(parts);

  assert.match(await failureOf(run.ended), "no start host");
  assert.equal(parts.notes, ["start host", "close workers", "close observer"]);
});

test("a page that is not served is a warning, as the services are worth more", async () => {
  const parts = fakeParts((note) => refuse(note, "serve page on the usual port"));
  const run = start(parts);
  await run.prints("warning there is no page: no serve page on the usual port\nready in ");

  run.test.abort();

  assert.is(await run.ended, 0);
  assert.not(parts.notes.includes("close page"));
});

test("what does not close is told, and keeps nothing else open", async () => {
  const parts = fakeParts((note) => refuse(note, "close page"));
  const run = start(parts);
  await run.prints("ready in ");

  run.test.abort();

  assert.is(await run.ended, 0);
  assert.equal(parts.notes.slice(-3), ["close host", "close workers", "close observer"]);
  assert.is(run.test.stderr, "micro: no close page\n");
});

test("asked to end while the host starts, it opens nothing more", async () => {
  const parts = fakeParts((note) => void (note === "start host" && run.test.abort()));
  const run = start(parts);

  assert.is(await run.ended, 0);
  assert.equal(parts.notes, ["start host", "close host", "close workers", "close observer"]);
});

test("keys work while it runs, and the terminal is as it was before when it has ended or failed", async () => {
  const fake = fakeTerminal();
  const parts = fakeParts();
  const run = start(parts, { streams: fake.streams });
  await eventually(5000, "keys are read", () => fake.isRaw);

  fake.press("r");
  await eventually(5000, "it reloads", () => parts.notes.includes("reload"));
  run.test.abort();
  await run.ended;

  assert.not(fake.isRaw);
});

test("a debugger's door is on this machine alone, and closes with the command", async () => {
  const run = start(fakeParts(), { flags: { inspect: true, inspect_port: "0" } });
  await run.prints("ready in ");

  const [, url = ""] = /^inspect (ws:\S+)$/m.exec(run.test.stdout) ?? [];
  assert.is(new URL(url).hostname, "127.0.0.1");
  const list = () => fetch(`http://${new URL(url).host}/json/list`);
  assert.ok((await within(5000, "its answer", list())).ok);

  run.test.abort();
  await run.ended;
  assert.match(await failureOf(list()), "fetch failed");
});

interface Run {
  readonly test: TestContext;
  readonly ended: Promise<number>;
  prints(text: string): Promise<void>;
}

function start(
  parts: FakeParts,
  members: Parameters<typeof createContext>[2] = {},
  options: DevserverOptions = {},
): Run {
  const context = createContext(devserver(options), "dev", members);
  const ended = within(20_000, "the end of micro dev", runDev(context.context, parts));
  ended.catch(() => {}); // Told to whoever waits for it.
  return {
    test: context,
    ended,
    prints: (text) => eventually(10_000, `"${text}"`, () => context.stdout.includes(text)),
  };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => String(error),
  );
}

function refuse(note: string, ...refused: readonly string[]): void {
  if (refused.includes(note)) throw new Error(`no ${note}`);
}

test.run();

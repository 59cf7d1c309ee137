import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createHooks } from "../src/contracts/hooks.ts";
import {
  createMemoryNetwork,
  definePlugin,
  defineService,
  MemoryRegistry,
  memory,
  type Plugin,
  startKernel,
} from "../src/index.ts";
import { within } from "../src/testing/index.ts";
import { createGate } from "../src/testing/kit.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const test = suite("the guides");

test("docs/hooks.md has every hook, in its order, with its kind", () => {
  const rows = [...read("docs/hooks.md").matchAll(/^\| `(\w+)` +\| `(\w+)` +\|/gm)].map(([, name, kind]) => [
    name,
    kind,
  ]);

  assert.equal(
    rows,
    Object.entries(createHooks()).map(([name, hook]) => [name, hook.constructor.name]),
  );
});

test("docs/hooks.md shows every hook in an example", () => {
  const examples = blocksOf("docs/hooks.md").join("\n");
  const shown = new Set([...examples.matchAll(/hooks\.(\w+)\.tap/g)].map(([, name]) => name));

  for (const name of Object.keys(createHooks())) assert.ok(shown.has(name), `there is no example of ${name}`);
});

test("the examples of docs/hooks.md have right types and run together", async () => {
  const folder = mkdtempSync(join(tmpdir(), "micro-hooks-"));
  try {
    const files = writeExamples(folder);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", timeout: 60_000 });
    assert.is(status, 0, stdout);
    const plugins: Plugin[] = [];
    for (const file of files) plugins.push(...Object.values<Plugin>(await import(pathToFileURL(file).href)));

    await use(plugins);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a kernel starts and stops in the order of docs/lifecycle.md", async () => {
  const steps: string[] = [];
  const step = (name: string) => () => void steps.push(name);
  const told = definePlugin({
    name: "told",
    config: (config) => {
      steps.push("config");
      return config;
    },
    setup({ hooks, provide, defer, signal, get }) {
      steps.push("setup");
      defer(step("closer of setup"));
      signal.addEventListener("abort", step("signal"));
      provide("registry", "told", () => {
        steps.push("capability");
        const registry = new MemoryRegistry();
        const { close, deregister } = registry;
        registry.deregister = (record) => {
          steps.push("leave");
          return deregister.call(registry, record);
        };
        registry.close = () => {
          steps.push("close capability");
          return close.call(registry);
        };
        return registry;
      });
      hooks.start.tap("told", () => {
        steps.push("hook start");
        defer(() => void steps.push(`closer of start, ${get("registry").name} still open`));
      });
      hooks.advertise.tap("told", (record) => {
        steps.push("advertise");
        return record;
      });
      hooks.ready.tap("told", step("hook ready"));
      hooks.stopping.tap("told", step("hook stopping"));
    },
  });
  const service = defineService({ name: "told", start: step("service start"), stop: step("service stop") });
  const kernel = await startKernel({ plugins: [told], services: [service] });
  await within(5000, "the stop", kernel.stop());

  const started = ["config", "setup", "capability", "hook start", "service start", "advertise", "hook ready"];
  const left = ["signal", "hook stopping", "leave", "service stop"];
  const closed = ["closer of start, memory still open", "close capability", "closer of setup"];
  assert.equal(steps, [...started, ...left, ...closed]);
});

test("docs/errors.md has every reason that the code gives, and no other", () => {
  const given = new Set(sourceFiles().flatMap((file) => reasonsIn(readFileSync(file, "utf8"))));
  const listed = [...read("docs/errors.md").matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason as string);

  assert.equal([...listed].sort(), [...given].sort());
});

test("docs/write-a-plugin.md has the files of the example, as they are", () => {
  const folder = "playground/third-party-plugin";
  const shown = [...read("docs/write-a-plugin.md").matchAll(/^`([^`\n]+)`\n\n```\w+\n(.*?)^```/gms)];

  for (const [, path, text] of shown) assert.is(text, read(`${folder}/${path}`), `${path} in the guide`);
  const files = listFiles(join(root, folder), ["node_modules", "dist", "README.md"]);
  assert.equal(
    shown.map(([, path]) => path).sort(),
    files.map((file) => file.slice(folder.length + root.length + 1)).sort(),
  );
});

test("links in the guides lead somewhere", () => {
  const pages = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  ];
  for (const page of pages.filter((name) => name.endsWith(".md"))) {
    for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      const file = fileURLToPath(new URL(target, pathToFileURL(join(root, page))));
      assert.ok(existsSync(file), `${page} leads to ${target}`);
    }
  }
});

/** A call, a stream and a message over the wire, with all of the plugins in one kernel, from its start to its stop. */
async function use(plugins: readonly Plugin[]): Promise<void> {
  const arrived = createGate<unknown>();
  const service = defineService({
    name: "greeter",
    handlers: { Say: { Hello: () => ({ msg: "hello" }), Secret: () => ({}) } },
    subscribers: { "topic.names": (message) => arrived.open(message) },
  });
  const network = createMemoryNetwork();
  const kernel = await startKernel({ plugins: [memory({ network }), ...plugins], local: false, services: [service] });

  assert.equal(await kernel.client.call("greeter", "Say.Hello"), { msg: "hello" });
  const refused = await kernel.client.call("greeter", "Say.Secret").catch((error: unknown) => error);
  await kernel.client.publish("topic.names", "john", { contentType: "text/x-shout" });

  assert.is((refused as { code?: number }).code, 403);
  assert.is(await within(5000, "the message", arrived.promise), "JOHN");
  const [record] = await kernel.get("registry").getService("greeter");
  assert.is(record?.nodes[0]?.metadata.zone, "a");
  await within(5000, "the stop", kernel.stop());
}

/** Each as a file of its own, in a project where the packages are installed. */
function writeExamples(folder: string): readonly string[] {
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["@micro", "@types", "tapable"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const extended = JSON.stringify(join(root, "tsconfig.base.json"));
  const options =
    '{ "noEmit": true, "composite": false, "emitDeclarationOnly": false, "noUnusedLocals": true, "noUnusedParameters": true }';
  writeFileSync(
    join(folder, "tsconfig.json"),
    `{ "extends": ${extended}, "compilerOptions": ${options}, "include": ["*.ts"] }`,
  );
  for (const [index, text] of blocksOf("docs/lifecycle.md").entries())
    writeFileSync(join(folder, `lifecycle-${index}.ts`), text);
  return blocksOf("docs/hooks.md").map((text, index) => {
    const file = join(folder, `example-${index}.ts`);
    writeFileSync(file, text);
    return file;
  });
}

function blocksOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^```ts\n(.*?)^```/gms)].map(([, text]) => text as string);
}

/** The sources of everything that raises errors: not the kits, which raise some to see what becomes of them. */
function sourceFiles(): readonly string[] {
  const parents = [root, join(root, "plugins")];
  const folders = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name, "src")));
  const skipped = ["testing", "page", "node_modules"];
  return folders
    .filter((folder) => existsSync(folder) && !/(bench|faults|interop)\/src$/.test(folder))
    .flatMap((folder) => listFiles(folder, skipped))
    .filter((file) => file.endsWith(".ts"));
}

/** One word of small letters, which those of the dev server's page never are, written there or in a constant of the file. */
function reasonsIn(text: string): readonly string[] {
  const given = [...text.matchAll(/\breason: ([^,;}\n]*)/g)].map(([, value]) => value as string);
  const names = given.filter((value) => /^\w+$/.test(value));
  const constants = names.flatMap((name) => new RegExp(`const ${name} = (".*")`).exec(text)?.[1] ?? []);
  const shorthand = /\bconst reason = (".*")/.exec(text)?.[1] ?? "";
  const written = [...given, ...constants, shorthand].join().matchAll(/"([a-z]+(?:_[a-z]+)*)"/g);
  return Array.from(written, ([, reason]) => reason as string);
}

function listFiles(folder: string, skipped: readonly string[]): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !skipped.includes(name))
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(join(folder, entry.name), skipped) : [join(folder, entry.name)],
    );
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

test.run();

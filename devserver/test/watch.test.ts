import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tellsOfChanges } from "../src/watch/probe.ts";
import { type Batch, Watcher } from "../src/watch/watcher.ts";
import { Project, sayer } from "./support/project.ts";

const test = suite("watching files");

interface Watched {
  readonly folder: string;
  readonly batches: Batch[];
  readonly watcher: Watcher;
  /** The names of what was told, in order. */
  names(): string[];
}

async function watching(
  run: (watched: Watched) => Promise<void>,
  { pollMs, folders = ["."] }: { pollMs?: number; folders?: readonly string[] } = {},
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "micro-watch-")));
  const batches: Batch[] = [];
  await writeFile(join(folder, "a.ts"), "0");
  const watcher = new Watcher({
    concerns: (path) => path.endsWith(".ts"),
    onBatch: (batch) => void batches.push(batch),
    onAdded: () => {},
    pollMs,
  });
  try {
    watcher.watch(new Set(folders.map((name) => join(folder, name))));
    await sleep(150);
    batches.length = 0;
    const names = () => batches.flatMap(({ paths }) => [...paths].map((path) => path.slice(folder.length + 1)));
    await within(10_000, "the test", run({ folder, batches, watcher, names }));
  } finally {
    await watcher.close();
    await rm(folder, { recursive: true, force: true });
  }
}

test("a save in place is one batch, with the time of its first event", () =>
  watching(async ({ folder, batches, names }) => {
    const before = performance.now();
    await writeFile(join(folder, "a.ts"), "1");
    await eventually(2000, "a batch", () => batches.length > 0);
    await sleep(100);
    assert.equal(names(), ["a.ts"]);
    assert.ok((batches[0]?.at ?? 0) >= before);
  }));

test("saves by renaming are seen one after the other", () =>
  watching(async ({ folder, batches }) => {
    for (let n = 1; n <= 4; n++) {
      await writeFile(join(folder, "a.draft"), String(n));
      await rename(join(folder, "a.draft"), join(folder, "a.ts"));
      await eventually(2000, `batch ${n}`, () => batches.length >= n);
      await sleep(120);
    }
  }));

test("what concerns nobody is not told", () =>
  watching(async ({ folder, names }) => {
    for (let n = 0; n < 5; n++) await writeFile(join(folder, "app.log"), String(n));
    await writeFile(join(folder, "b.ts"), "1");
    await eventually(2000, "a batch", () => names().length > 0);
    assert.equal([...new Set(names())], ["b.ts"]);
  }));

test("many files that come one after the other are told of together", () =>
  watching(async ({ folder, batches, names }) => {
    for (let n = 0; n < 20; n++) {
      await writeFile(join(folder, `f${n}.ts`), "1");
      await sleep(n < 6 ? 0 : 8);
    }
    await eventually(2000, "all files", () => new Set(names()).size === 20);
    // One, unless the machine pauses between two files for longer than a storm may; a busy one does so often.
    assert.ok(batches.length <= 15, `${batches.length} batches`);
  }));

test("a file that is written without end keeps the others waiting only for a while", () =>
  watching(async ({ folder, batches, names }) => {
    let writing = true;
    const busy = (async () => {
      for (let n = 0; writing; n++) {
        await writeFile(join(folder, "busy.ts"), `${n} `);
        await sleep(1);
      }
    })();
    await writeFile(join(folder, "a.ts"), "1");
    await eventually(3000, "a batch", () => names().includes("a.ts"));
    writing = false;
    await busy;
    assert.ok(batches.length > 0);
  }));

test("an empty file is looked at again, and told of when it stays empty", () =>
  watching(async ({ folder, batches, names }) => {
    await writeFile(join(folder, "a.ts"), "");
    await sleep(12);
    assert.is(batches.length, 0);
    await eventually(2000, "a batch", () => batches.length === 1);
    assert.equal(names(), ["a.ts"]);
  }));

test("a deleted file is told of", () =>
  watching(async ({ folder, names }) => {
    await rm(join(folder, "a.ts"));
    await eventually(2000, "a batch", () => names().includes("a.ts"));
  }));

test("a folder that does not exist yet is watched from when it does, also after it went", () =>
  watching(
    async ({ folder, names, batches }) => {
      for (let n = 0; n < 2; n++) {
        await mkdir(join(folder, "deep", "er"), { recursive: true });
        await sleep(150);
        batches.length = 0;
        await writeFile(join(folder, "deep", "er", "x.ts"), "1");
        await eventually(2000, "a batch", () => names().includes("deep/er/x.ts"));
        await rm(join(folder, "deep"), { recursive: true });
        await sleep(150);
      }
    },
    { folders: [".", "deep/er"] },
  ));

test("a watcher that asks the file system needs no events, and closes", async () => {
  const leaked = leaks();
  await watching(
    async ({ folder, names }) => {
      await writeFile(join(folder, "a.ts"), "longer");
      await eventually(5000, "a batch", () => names().includes("a.ts"));
    },
    { pollMs: 20 },
  );
  assert.equal(await leaked(), []);
});

test("a project can be run by asking the file system", async () => {
  const project = await Project.create({ "services/a.ts": sayer("a", "one") });
  try {
    await project.start({ env: { MICRO_DEV_POLL: "20" } });
    await project.answers("a", "one");
    await project.write("services/a.ts", sayer("a", "two and more"));
    await project.answers("a", "two and more");
  } finally {
    await project.close();
  }
});

test("the probe hears of changes here, leaves nothing, and does not mind a folder that it may not write", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "micro-probe-")));
  assert.is(await tellsOfChanges(folder), true);
  await rm(folder, { recursive: false, force: true }).catch(() => {});
  await rm(folder, { recursive: true, force: true });
  assert.is(await tellsOfChanges(join(folder, "missing")), true);
});

test.run();

import type { ServiceRecord } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CachedRegistry } from "../src/registry/index.ts";
import {
  idsOf,
  ManualClock,
  reasonOf,
  recordOf,
  ScriptedRegistry,
  settled,
  withCache,
} from "./support/scripted-registry.ts";

const test = suite("when the registry is asked");

const limitMs = 10_000;
const ttlMs = 60_000;

test("10,000 picks of a service that nobody asked for yet are one question", async () => {
  await withCache({}, async ({ registry, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));

    const found = await within(
      limitMs,
      "the answers",
      Promise.all(Array.from({ length: 10_000 }, () => ids("greeter"))),
    );

    assert.equal([...new Set(found)], ["a"]);
    assert.is(registry.askedFor("greeter"), 1);
  });

  const registry = new ScriptedRegistry();
  const naive = new CacheOf2016(registry, new ManualClock());
  await Promise.all(Array.from({ length: 100 }, () => naive.unlocked("greeter")));
  assert.is(registry.askedFor("greeter"), 100, "without that there are as many questions as picks");
});

test("10,000 picks of an expired answer are one question, and none of them waits", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, cache, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    clock.advance(2 * ttlMs);

    const answers = Array.from({ length: 10_000 }, () => cache.getService("greeter"));

    assert.ok(answers.every((answer) => !(answer instanceof Promise) && idsOf(answer) === "a"));
    assert.is(registry.askedFor("greeter"), 2);
    await settled();
    assert.is(await ids("greeter"), "a b");
  });
});

test("a lookup that hangs delays neither other services nor the last answer for its own", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, cache, ids }) => {
    for (const name of ["slow", "other"]) registry.set(name, recordOf(name, [name]));
    await ids("slow");
    registry.hanging.add("slow");
    registry.hanging.add("cold");
    clock.advance(2 * ttlMs);
    const cold = cache.getService("cold");

    assert.is(idsOf(cache.getService("slow") as readonly ServiceRecord[]), "slow");
    assert.is(await within(limitMs, "the other service", ids("other")), "other");

    registry.release("cold");
    assert.equal(await within(limitMs, "the cold service", async () => cold), []);
  });

  const registry = new ScriptedRegistry();
  registry.hanging.add("slow");
  const naive = new CacheOf2016(registry, new ManualClock());
  const slow = naive.locked("slow");
  let isAnswered = false;
  const other = naive.locked("other").then(() => (isAnswered = true));
  await settled();
  assert.not(isAnswered, "with one lock for all services the other waits");
  registry.release("slow");
  await within(limitMs, "both", Promise.all([slow, other]));
});

test("an answer is fresh for as long as was said, give or take a tenth", async () => {
  for (const random of [0, 0.25, 0.5, 0.75, 0.999]) {
    const { registry, clock } = createParts();
    const cache = new CachedRegistry(registry, { ttlMs, clock, random: () => random });
    const lifeMs = await lifeOf(registry, clock, (name) => cache.getService(name));
    cache.close();
    assert.ok(isHonoured(lifeMs), `${lifeMs} ms`);
  }

  const { registry, clock } = createParts();
  const naive = new CacheOf2016(registry, clock);
  assert.not(
    isHonoured(await lifeOf(registry, clock, (name) => naive.unlocked(name))),
    "that of 2016 lasts twice as long",
  );
});

test("what was asked together is not asked again together", async () => {
  await withCache({ ttlMs, random: Math.random }, async ({ registry, clock, ids }) => {
    const names = Array.from({ length: 300 }, (_, index) => `service-${index}`);
    for (const name of names) registry.set(name, recordOf(name, ["a"]));
    for (const name of names) await ids(name);

    clock.advance(ttlMs);
    for (const name of names) await ids(name);

    const again = registry.asked.length - names.length;
    assert.ok(again > 50 && again < 250, `${again} of ${names.length} are asked again at the middle of the spread`);
  });
});

test("that nobody has a service is believed for two seconds, and then asked anew before it is said again", async () => {
  await withCache({}, async ({ registry, clock, ids }) => {
    assert.is(await ids("late"), "");
    registry.set("late", recordOf("late", ["a"]));

    clock.advance(1700);
    for (let count = 0; count < 100; count++) assert.is(await ids("late"), "");
    assert.is(registry.askedFor("late"), 1);

    clock.advance(600);
    assert.is(await ids("late"), "a");
    assert.is(registry.askedFor("late"), 2);
  });
});

test("a service that nobody had is known with its first announcement", async () => {
  await withCache({}, async ({ registry, ids }) => {
    assert.is(await ids("late"), "");

    registry.tell("create", recordOf("late", ["a"]));

    assert.is(await ids("late"), "a");
    assert.is(registry.askedFor("late"), 1);
  });
});

test("a lookup that never ends is given up, and its late answer is welcome", async () => {
  await withCache({ lookupTimeoutMs: 20 }, async ({ registry, clock, ids }) => {
    registry.set("slow", recordOf("slow", ["a"]));
    registry.hanging.add("slow");

    assert.is(
      await within(
        limitMs,
        "the end of the wait",
        reasonOf(() => ids("slow")),
      ),
      "503 registry_unavailable",
    );
    assert.is(await reasonOf(() => ids("slow")), "503 registry_unavailable");
    assert.is(registry.askedFor("slow"), 1, "within the slot it is not asked again");

    registry.release("slow");
    await settled();
    assert.is(await ids("slow"), "a");
    clock.advance(1200);
    assert.is(await ids("slow"), "a");
    assert.is(registry.askedFor("slow"), 1);
  });
});

test("after a lookup that never ends there is another one", async () => {
  await withCache({ lookupTimeoutMs: 20 }, async ({ registry, clock, ids }) => {
    registry.set("slow", recordOf("slow", ["a"]));
    registry.hanging.add("slow");
    await within(
      limitMs,
      "the end of the wait",
      reasonOf(() => ids("slow")),
    );

    registry.hanging.clear();
    clock.advance(1200);

    assert.is(await ids("slow"), "a");
    assert.is(registry.askedFor("slow"), 2);
  });
});

test("a refresh that hangs is given up without a timer, and the registry asked again later", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, ids, cache }) => {
    registry.set("slow", recordOf("slow", ["a"]));
    await ids("slow");
    registry.hanging.add("slow");
    clock.advance(2 * ttlMs);
    for (const pauseMs of [0, 6000, 500, 2000]) {
      clock.advance(pauseMs);
      assert.is(await ids("slow"), "a");
    }

    assert.is(registry.askedFor("slow"), 3);
    assert.is(cache.stats.failures, 1);
  });
});

test("an answer that is no list counts as a failure of the registry", async () => {
  const registry = new ScriptedRegistry();
  registry.set("greeter", recordOf("greeter", ["a"]));
  for (const answer of [undefined, null, "a", { name: "greeter" }]) {
    const broken = Object.assign(new ScriptedRegistry(), { getService: () => answer });
    const later = Object.assign(new ScriptedRegistry(), { getService: async () => answer });
    for (const source of [broken, later]) {
      const cache = new CachedRegistry(source);
      assert.is(await reasonOf(() => cache.getService("greeter")), "503 registry_unavailable");
      cache.close();
    }
  }
});

for (const options of [{ ttlMs: 0 }, { ttlMs: Number.NaN }, { maxServices: -1 }, { emptyHoldMs: -1 }]) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.throws(() => new CachedRegistry(new ScriptedRegistry(), options), /of the selector cache is/);
  });
}

test.run();

/** The cache of go-micro 2016, with its one lock or without, to see that these tests would see its faults. */
class CacheOf2016 {
  readonly #known = new Map<string, { records: readonly ServiceRecord[]; expiresAt: number }>();
  readonly #registry: ScriptedRegistry;
  readonly #clock: ManualClock;
  #lock: Promise<unknown> = Promise.resolve();

  constructor(registry: ScriptedRegistry, clock: ManualClock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  locked(name: string): Promise<readonly ServiceRecord[]> {
    const answer = this.#lock.then(() => this.unlocked(name));
    this.#lock = answer;
    return answer;
  }

  async unlocked(name: string): Promise<readonly ServiceRecord[]> {
    const known = this.#known.get(name);
    if (known !== undefined && this.#clock.now() - known.expiresAt < ttlMs) return known.records;
    const records = await this.#registry.getService(name);
    this.#known.set(name, { records, expiresAt: this.#clock.now() + ttlMs });
    return records;
  }
}

function createParts(): { registry: ScriptedRegistry; clock: ManualClock } {
  const registry = new ScriptedRegistry();
  registry.set("greeter", recordOf("greeter", ["a"]));
  return { registry, clock: new ManualClock() };
}

/** After how long the registry is asked for the second time. */
async function lifeOf(registry: ScriptedRegistry, clock: ManualClock, ask: (name: string) => unknown): Promise<number> {
  await ask("greeter");
  const start = clock.now();
  while (registry.asked.length < 2) {
    clock.advance(ttlMs / 200);
    await ask("greeter");
  }
  return clock.now() - start;
}

function isHonoured(lifeMs: number): boolean {
  return lifeMs > 0.89 * ttlMs && lifeMs < 1.11 * ttlMs;
}

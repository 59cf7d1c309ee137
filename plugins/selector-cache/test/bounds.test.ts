import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { MemoryRegistry } from "@micro/kernel";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CoarseClock } from "../src/registry/coarse-clock.ts";
import { CachedRegistry, type CacheEvent } from "../src/registry/index.ts";
import { reasonOf, recordOf, ScriptedRegistry, settled, withCache } from "./support/scripted-registry.ts";

const test = suite("what the cache keeps, and its end");

const limitMs = 10_000;

test("of more services than it may keep those go that were not asked for the longest time", async () => {
  await withCache({ maxServices: 100 }, async ({ registry, cache, ids }) => {
    const names = Array.from({ length: 150 }, (_, index) => `service-${index}`);
    for (const name of names) {
      registry.set(name, recordOf(name, ["a"]));
      await ids(name);
      await ids("service-0");
    }

    assert.is(cache.stats.services, 100);
    await ids("service-0");
    assert.is(registry.askedFor("service-0"), 1);
    await ids("service-1");
    assert.is(registry.askedFor("service-1"), 2);
  });
});

test("10,000 are kept without more ado", async () => {
  await withCache({}, async ({ registry, cache, ids }) => {
    for (let index = 0; index < 12_000; index++) {
      registry.set(`service-${index}`, recordOf(`service-${index}`, ["a"]));
      await ids(`service-${index}`);
    }

    assert.is(cache.stats.services, 10_000);
  });
});

test("a flood of names that nobody has pushes out no service that is known", async () => {
  await withCache({ maxServices: 100 }, async ({ registry, cache, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    for (let index = 0; index < 1000; index++) await ids(`nobody-${index}`);
    registry.isFailing = true;
    for (let index = 0; index < 1000; index++) await reasonOf(() => ids(`nothing-${index}`));

    assert.is(await ids("greeter"), "a");
    assert.is(registry.askedFor("greeter"), 1);
    assert.equal([cache.stats.services, cache.stats.unknown], [1, 100]);
  });
});

test("it counts what it does, and tells who listens", async () => {
  const events: string[] = [];
  const listener = (event: unknown) => events.push((event as CacheEvent).event);
  subscribe("micro:selector-cache", listener);
  try {
    await withCache({ ttlMs: 1000 }, async ({ registry, clock, cache, ids }) => {
      registry.set("greeter", recordOf("greeter", ["a", "b"]));
      await ids("greeter");
      await ids("greeter");
      clock.advance(1200);
      registry.isFailing = true;
      await ids("greeter");
      await settled();
      await ids("greeter");
      cache.evict("greeter", "a:80", "refused");

      assert.equal(events, ["miss", "hit", "refresh", "hit", "stale", "evict"]);
      assert.equal(cache.stats, {
        services: 1,
        unknown: 0,
        hits: 2,
        stale: 1,
        misses: 1,
        refreshes: 1,
        lookups: 2,
        failures: 1,
        evictions: 1,
      });
    });
  } finally {
    unsubscribe("micro:selector-cache", listener);
  }
});

test("a closed cache watches nothing, keeps nothing, and tells who waits", async () => {
  const leaked = leaks();
  const registry = new ScriptedRegistry();
  registry.set("greeter", recordOf("greeter", ["a"]));
  const cache = new CachedRegistry(registry);
  assert.is(registry.watchers, 0, "before the first question nothing is watched");
  await cache.getService("greeter");
  registry.hanging.add("slow");
  const waiting = reasonOf(() => cache.getService("slow"));
  assert.is(registry.watchers, 1);

  cache.close();
  cache.close();

  assert.is(await within(limitMs, "the end of the wait", waiting), "503 registry_unavailable");
  assert.is(registry.watchers, 0);
  assert.is(await reasonOf(() => cache.getService("greeter")), "503 registry_unavailable");
  registry.release("slow");
  await settled();
  assert.equal([cache.stats.services, cache.stats.unknown], [0, 0]);
  assert.equal(await leaked(), []);
});

test("1000 caches one after the other leave no watch and no timer", async () => {
  const leaked = leaks();
  const registry = new ScriptedRegistry();
  registry.set("greeter", recordOf("greeter", ["a"]));
  const timers = countIntervals();
  try {
    for (let count = 0; count < 1000; count++) {
      const cache = new CachedRegistry(registry, { maxServices: 10 });
      await cache.getService("greeter");
      cache.close();
    }

    assert.is(timers.running(), 0);
  } finally {
    timers.restore();
  }
  assert.is(registry.watchers, 0);
  assert.equal(await leaked(), []);
});

test("the registry is not closed with the cache", async () => {
  const registry = new MemoryRegistry();
  await registry.register(recordOf("greeter", ["a"]));
  const cache = new CachedRegistry(registry);
  await cache.getService("greeter");

  cache.close();

  assert.is(registry.getService("greeter").length, 1);
  await registry.close();
});

test("the clock is right to a few ticks, never goes back, and stands still when nobody asks", async () => {
  const timers = countIntervals();
  const clock = new CoarseClock();
  try {
    let last = clock.now();
    for (const end = performance.now() + 200; performance.now() < end; ) {
      const now = clock.now();
      assert.ok(now >= last && now <= performance.now());
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.is(timers.running(), 1);
    await eventually(limitMs, "the end of the timer", () => timers.running() === 0);

    const before = performance.now();
    assert.ok(clock.now() >= before, "asked after a pause it looks at the clock at once");
  } finally {
    clock.stop();
    timers.restore();
  }
  assert.is(timers.running(), 0);
});

test.run();

/** Counts the intervals that are started and not ended. */
function countIntervals(): { running(): number; restore(): void } {
  const { setInterval: start, clearInterval: end } = globalThis;
  const running = new Set<unknown>();
  globalThis.setInterval = ((...args: Parameters<typeof start>) => {
    const timer = start(...args);
    running.add(timer);
    return timer;
  }) as typeof start;
  globalThis.clearInterval = ((timer: Parameters<typeof end>[0]) => {
    running.delete(timer);
    end(timer);
  }) as typeof end;
  const restore = () => Object.assign(globalThis, { setInterval: start, clearInterval: end });
  return { running: () => running.size, restore };
}

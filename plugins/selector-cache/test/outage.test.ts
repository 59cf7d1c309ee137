import type { ServiceRecord } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CachedRegistry, type CacheOptions, cacheSelector } from "../src/registry/index.ts";
import {
  idsOf,
  ManualClock,
  reasonOf,
  recordOf,
  ScriptedRegistry,
  settled,
  withCache,
} from "./support/scripted-registry.ts";

const test = suite("while the registry fails");

const limitMs = 10_000;
const ttlMs = 1000;

test("in a minute without it no pick of a known service fails, and it is asked once a slot", async () => {
  const { failed, asked } = await outage({});
  assert.is(failed, 0);
  assert.ok(asked >= 4 && asked <= 8, `${asked} questions in a minute`);

  assert.ok((await outage({ staleIfErrorMs: 0 })).failed > 0, "without the last good answer picks fail");
});

test("the same by the clock of the system, with an answer that expires 40 times", async () => {
  const registry = new ScriptedRegistry();
  registry.set("greeter", recordOf("greeter", ["a"]));
  const cache = new CachedRegistry(registry, { ttlMs: 50 });
  try {
    await cache.getService("greeter");
    registry.isFailing = true;
    let failed = 0;
    for (const end = performance.now() + 2000; performance.now() < end; ) {
      await reasonOf(() => cache.getService("greeter")).then((reason) => (failed += reason === "no failure" ? 0 : 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.is(failed, 0);
    assert.ok(registry.asked.length <= 4, `asked ${registry.asked.length} times`);
    assert.ok(cache.stats.stale > 0);

    registry.isFailing = false;
    registry.set("greeter", recordOf("greeter", ["b"]));
    registry.tell("create", recordOf("another", ["c"]));
    await eventually(limitMs, "the new answer", async () => idsOf(await cache.getService("greeter")) === "b");
  } finally {
    cache.close();
  }
});

test("a service that nobody asked for before is a 503, and never a 404", async () => {
  await withCache({}, async ({ registry, clock, cache }) => {
    registry.isFailing = true;
    const selector = cacheSelector(cache);
    const pick = () => selector.pick({ service: "unknown", method: "Say.Hello", filters: [] });

    for (let count = 0; count < 50; count++) assert.is(await reasonOf(pick), "503 registry_unavailable");
    assert.is(registry.askedFor("unknown"), 1);

    clock.advance(1200);
    for (let count = 0; count < 50; count++) assert.is(await reasonOf(pick), "503 registry_unavailable");
    assert.is(registry.askedFor("unknown"), 2);
  });
});

test("that nobody had a service is not said any more when it can no longer be asked", async () => {
  await withCache({}, async ({ registry, clock, ids }) => {
    assert.is(await ids("unknown"), "");
    registry.isFailing = true;

    clock.advance(2500);

    assert.is(await reasonOf(() => ids("unknown")), "503 registry_unavailable");
  });
});

test("the pause between questions grows to half a minute and not further", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    registry.isFailing = true;
    const askedAt: number[] = [];

    for (const end = clock.now() + 200_000; clock.now() < end; clock.advance(50)) {
      const before = registry.asked.length;
      await ids("greeter");
      await settled();
      if (registry.asked.length > before) askedAt.push(clock.now());
    }

    const pauses = askedAt.slice(1).map((at, index) => Math.round((at - (askedAt[index] as number)) / 1000));
    assert.equal(pauses.slice(0, 7), [1, 2, 4, 8, 16, 30, 30]);
  });
});

test("the last good answer is given for a day and not longer", async () => {
  await withCache({}, async ({ registry, clock, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    registry.isFailing = true;

    clock.advance(23 * 3_600_000);
    assert.is(await ids("greeter"), "a");
    await settled();

    clock.advance(3_700_000);
    assert.is(await reasonOf(() => ids("greeter")), "503 registry_unavailable");
  });
});

test("when one service gets an answer the others ask again soon, whatever their slot", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, ids }) => {
    for (const name of ["one", "two"]) registry.set(name, recordOf(name, ["old"]));
    await ids("one");
    registry.isFailing = true;
    for (let second = 0; second < 40; second++) {
      clock.advance(1000);
      await ids("one");
      await settled();
    }
    registry.isFailing = false;
    registry.set("one", recordOf("one", ["new"]));

    await ids("two");
    for (const _ of [1, 2]) {
      clock.advance(1000);
      await ids("one");
      await settled();
    }

    assert.is(await ids("one"), "new");
  });
});

test("a registry that tells of changes and fails at questions is asked once a second at most", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    registry.isFailing = true;
    for (const end = clock.now() + 20_000; clock.now() < end; clock.advance(50)) {
      registry.tell("update", recordOf("another", ["b"]));
      assert.is(await ids("greeter"), "a");
      await settled();
    }

    assert.ok(registry.asked.length <= 24, `asked ${registry.asked.length} times in 20 seconds`);
  });
});

test("a watch that says nothing is made up for by the next refresh", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");

    for (const round of Array.from({ length: 60 }, (_, index) => index)) {
      registry.isFailing = round % 2 === 0;
      registry.set("greeter", recordOf("greeter", [`node-${round}`]));
      // Half of the events come while the registry is away, none tells of the last changes.
      if (round < 55 && round % 3 === 0) registry.tell("create", recordOf("greeter", [`node-${round}`]));
      clock.advance(500);
      assert.is.not(await ids("greeter"), "");
      await settled();
    }
    registry.isFailing = false;
    for (let second = 0; second < 40; second++) {
      clock.advance(1000);
      await ids("greeter");
      await settled();
    }

    assert.is(await ids("greeter"), "node-59");
    assert.is(registry.watchers, 1);
  });
});

test("a watch that cannot be had is tried again with the next question", async () => {
  const registry = new ScriptedRegistry();
  registry.set("greeter", recordOf("greeter", ["a"]));
  let failures = 1;
  const flaky = Object.assign(registry, {
    watch: ((watch) => (listener: Parameters<typeof watch>[0]) => {
      if (failures-- > 0) throw new Error("no watch");
      return watch.call(registry, listener);
    })(registry.watch),
  });
  const clock = new ManualClock();
  const cache = new CachedRegistry(flaky, { clock });
  assert.is(await reasonOf(() => cache.getService("greeter")), "503 registry_unavailable");

  clock.advance(1200);

  assert.is(idsOf(await cache.getService("greeter")), "a");
  assert.is(registry.watchers, 1);
  cache.close();
});

test("a registry that lost its memory takes away no node that accepts connections, for ten seconds", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, cache, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");
    registry.set("greeter");

    for (let second = 0; second < 9; second++) {
      clock.advance(1000);
      assert.is(await ids("greeter"), "a b");
      await settled();
    }
    cache.evict("greeter", "a:80", "refused");
    assert.is(await ids("greeter"), "b");

    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    clock.advance(2500);
    await ids("greeter");
    await settled();
    assert.is(await ids("greeter"), "a b");
  });

  assert.is(await afterEmptyAnswer({ emptyHoldMs: 0 }, 2), "", "without the hold they are gone at once");
});

test("an empty answer that stays is believed after ten seconds", async () => {
  assert.is(await afterEmptyAnswer({}, 8), "a b");
  assert.is(await afterEmptyAnswer({}, 16), "");
});

test("in the hold the last node that refuses a connection takes the service with it", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, cache, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    registry.set("greeter");
    clock.advance(2 * ttlMs);
    await ids("greeter");
    await settled();

    cache.evict("greeter", "a:80", "refused");

    assert.is(await ids("greeter"), "");
    assert.is(cache.stats.services, 0);
  });
});

test("that all nodes left is believed at once when the watch tells so", async () => {
  await withCache({ ttlMs }, async ({ registry, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");

    registry.tell("delete", recordOf("greeter", ["a"]));
    assert.is(await ids("greeter"), "b");
    registry.tell("delete", recordOf("greeter", ["b"]));

    assert.is(await ids("greeter"), "");
  });
});

test("nodes that were not heard of in time leave their calls to the others, and keep them where there are none", async () => {
  await withCache({ ttlMs }, async ({ registry, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");

    registry.lapse("greeter", "a");
    assert.is(await ids("greeter"), "b");
    registry.lapse("greeter", "b");
    assert.is(await ids("greeter"), "a b");

    registry.tell("create", recordOf("greeter", ["b"]));
    assert.is(await ids("greeter"), "b");
    registry.tell("delete", recordOf("greeter", ["b"]));
    assert.is(await ids("greeter"), "a", "b said that it leaves, and a did not");
  });
});

test("they stay for as long as they take calls, and ten seconds longer", async () => {
  await withCache({ ttlMs }, async ({ registry, clock, cache, ids }) => {
    const live = async (seconds: number, takesCalls: boolean): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1000);
        await ids("greeter");
        await settled();
        if (takesCalls) cache.confirm("greeter", "a:80");
      }
    };
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");
    registry.lapse("greeter", "a", "b");

    await live(60, true);
    assert.is(await ids("greeter"), "a b");
    await live(8, false);
    assert.is(await ids("greeter"), "a b");
    await live(8, false);
    assert.is(await ids("greeter"), "");
  });
});

test("one of them that refuses a connection goes for good", async () => {
  await withCache({ ttlMs }, async ({ registry, cache, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");
    registry.lapse("greeter", "a", "b");

    cache.evict("greeter", "a:80", "refused");
    assert.is(await ids("greeter"), "b");
    cache.evict("greeter", "b:80", "refused");
    assert.is(await ids("greeter"), "");
  });
});

test.run();

/** A minute without the registry, with a pick every 20 ms and an answer that expires every second. */
async function outage(options: CacheOptions): Promise<{ failed: number; asked: number }> {
  const counts = { failed: 0, asked: 0 };
  await withCache({ ttlMs, ...options }, async ({ registry, clock, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a"]));
    await ids("greeter");
    registry.isFailing = true;
    for (const end = clock.now() + 60_000; clock.now() < end; clock.advance(20)) {
      if (
        (await within(
          limitMs,
          "a pick",
          reasonOf(() => ids("greeter")),
        )) !== "no failure"
      )
        counts.failed++;
    }
    counts.asked = registry.asked.length - 1;
  });
  return counts;
}

/** What is known so many seconds after the registry began to answer with nothing. */
async function afterEmptyAnswer(options: CacheOptions, seconds: number): Promise<string> {
  let known: readonly ServiceRecord[] = [];
  await withCache({ ttlMs, ...options }, async ({ registry, clock, cache, ids }) => {
    registry.set("greeter", recordOf("greeter", ["a", "b"]));
    await ids("greeter");
    registry.set("greeter");
    for (let second = 0; second < seconds; second++) {
      clock.advance(1000);
      await ids("greeter");
      await settled();
    }
    known = await cache.getService("greeter");
  });
  return idsOf(known);
}

import { setTimeout as sleep } from "node:timers/promises";
import { definePlugin, defineService, MicroError, method, type PluginList } from "@micro/kernel";
import { type SimulatedNode, type Simulation, type SimulationOptions, simulate, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { retry } from "../../plugins/retry/src/index.ts";
import { selectorCache } from "../../plugins/selector-cache/src/index.ts";

const test = suite("a simulation");
// A simulation takes as long as it computes, whatever its clock says.
const limitMs = 60_000;

test("the same seed gives the same history, another one another", async () => {
  const [one, same, other] = [await history(7), await history(7), await history(8)];
  assert.ok(one.length > 500, "there is something to compare");
  assert.ok(new Set(one.map(({ outcome }) => outcome)).size >= 3, "it was not all fair weather");
  assert.equal(one, same);
  assert.not.equal(one, other);
});

test("minutes pass in a moment, and calls take the time of the virtual network", async () => {
  const real = performance.now.bind(performance);
  const start = real();
  await simulated({ latency: 5 }, async (sim) => {
    const [server, caller] = await greeterAndCaller(sim);
    assert.ok(server);
    const before = sim.now;
    await sim.until(caller.client.call("greeter", "Say.Hello"));
    // There and back to dial, and there and back to call.
    assert.is(Math.round(sim.now - before), 20);
    await sim.run(600_000);
    assert.is(performance.now(), sim.now);
  });
  assert.ok(real() - start < 10_000);
});

test("timers, sleeps, dates and dice are virtual until the close, and then the process's own again", async () => {
  const before = { setTimeout, setInterval, setImmediate, Date, now: performance.now, random: Math.random, sleep };
  await simulated({}, async (sim) => {
    const seen: string[] = [];
    const begin = Date.now();
    setTimeout((what: string) => seen.push(what), 30, "after 30");
    const every = setInterval(() => seen.push("every 20"), 20);
    const never = setTimeout(() => seen.push("never"), 10);
    clearTimeout(never);
    void sleep(25, "slept").then((value) => seen.push(value));
    setImmediate(() => seen.push("at once"));
    await sim.run(45);
    clearInterval(every);
    await sim.run(100);
    assert.equal(seen, ["at once", "every 20", "slept", "after 30", "every 20"]);
    assert.is(Date.now() - begin, 145);
    assert.is(new Date().toISOString(), new Date(Date.now()).toISOString());
    assert.ok(new Date(0) instanceof Date);
    const abort = new AbortController();
    const slept = sleep(1000, undefined, { signal: abort.signal }).catch((error: Error) => error.name);
    abort.abort();
    assert.is(await slept, "AbortError");
  });
  const after = { setTimeout, setInterval, setImmediate, Date, now: performance.now, random: Math.random, sleep };
  assert.equal(
    Object.values(after).map((value, at) => value === Object.values(before)[at]),
    Array(7).fill(true),
  );
  await within(limitMs, "a real timer", new Promise((resolve) => setTimeout(resolve, 1)));
});

test("a jump of the system time moves no deadline", async () => {
  await simulated({}, async (sim) => {
    const [, caller] = await greeterAndCaller(sim);
    const before = Date.now();
    const slow = caller.client.call("greeter", "Say.Slow", { ms: 300 }, { timeout: "1s" });
    sim.jumpSystemTime(3_600_000);
    assert.ok(Date.now() - before >= 3_600_000);
    await sim.until(slow);
    sim.jumpSystemTime(-7_200_000);
    const late = caller.client.call("greeter", "Say.Slow", { ms: 3000 }, { timeout: "1s" });
    const start = sim.now;
    assert.is(await outcome(sim, late), "deadline_exceeded");
    assert.ok(sim.now - start >= 1000 && sim.now - start < 1100);
  });
});

test("a slow node is slow, until it is not", async () => {
  await simulated({ latency: 1 }, async (sim) => {
    const [, caller] = await greeterAndCaller(sim);
    const timed = async () => {
      const start = sim.now;
      await sim.until(caller.client.call("greeter", "Say.Hello"));
      return sim.now - start;
    };
    assert.is(await timed(), 4);
    sim.network.slow("server", 200);
    assert.is(await timed(), 404);
    sim.network.slow("server", 0);
    assert.is(await timed(), 4);
  });
});

test("latency has the distribution it was given", async () => {
  await simulated({ latency: { medianMs: 20, p99Ms: 200 } }, async (sim) => {
    const [, caller] = await greeterAndCaller(sim);
    await sim.until(Promise.all(Array.from({ length: 400 }, () => caller.client.call("greeter", "Say.Hello"))));
    const took = sim.history.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
    const at = (share: number) => took[Math.floor(took.length * share)] as number;
    // Four ways one after the other.
    assert.ok(at(0.5) > 80 && at(0.5) < 240, `median ${at(0.5)}`);
    assert.ok(at(0.99) > 2 * at(0.5), `p99 ${at(0.99)}`);
  });
});

test("of a lost request nothing runs, of a lost answer the caller hears nothing; both end at the deadline", async () => {
  await simulated({}, async (sim) => {
    const [, caller, runs] = await greeterAndCaller(sim);
    const call = () => caller.client.call("greeter", "Say.Hello", {}, { timeout: "500ms" });
    sim.network.loseRequests("server", 1);
    assert.is(await outcome(sim, call()), "deadline_exceeded");
    assert.equal([runs.count, sim.history.at(-1)?.arrived], [0, false]);
    sim.network.loseRequests("server", 0);
    sim.network.loseAnswers("server", 1);
    assert.is(await outcome(sim, call()), "deadline_exceeded");
    assert.equal([runs.count, sim.history.at(-1)?.arrived], [1, true]);
    sim.network.loseAnswers("server", 0);
    assert.is(await outcome(sim, call()), "answered");
  });
});

test("a crash in the middle of a call breaks it, and what the node was doing is never done", async () => {
  await simulated({}, async (sim) => {
    const [, caller, runs] = await greeterAndCaller(sim);
    const call = caller.client.call("greeter", "Say.Slow", { ms: 100 });
    const ended = outcomeOf(call);
    await sim.run(50);
    sim.network.crash("server");
    assert.is(await sim.until(ended), "connection_lost");
    await sim.run(1000);
    assert.equal([runs.begun, runs.count], [1, 0]);
    // The registry has not heard of it; whoever dials has.
    assert.is(await outcome(sim, caller.client.call("greeter", "Say.Hello")), "dial_failed");
    await sim.run(31_000);
    assert.is(await outcome(sim, caller.client.call("greeter", "Say.Hello")), "unknown_service");

    await serveGreeter(sim, "server");
    assert.is(await outcome(sim, caller.client.call("greeter", "Say.Hello")), "answered");
  });
});

test("a reset breaks what is under way, and the node goes on", async () => {
  await simulated({}, async (sim) => {
    const [, caller, runs] = await greeterAndCaller(sim);
    const ended = outcomeOf(caller.client.call("greeter", "Say.Slow", { ms: 100 }));
    await sim.run(50);
    sim.network.reset("server");
    assert.is(await sim.until(ended), "connection_lost");
    await sim.run(1000);
    assert.is(runs.count, 1, "it ran to its end");
    assert.is(await outcome(sim, caller.client.call("greeter", "Say.Hello")), "answered");
  });
});

test("a paused node hangs, and goes on with what came meanwhile", async () => {
  await simulated({}, async (sim) => {
    const [server, caller, runs] = await greeterAndCaller(sim);
    let beats = 0;
    server.run(() => setInterval(() => beats++, 100));
    await sim.run(1050);
    assert.is(beats, 10);
    sim.network.pause("server");
    const impatient = outcomeOf(caller.client.call("greeter", "Say.Hello", {}, { timeout: "1s" }));
    const patient = outcomeOf(caller.client.call("greeter", "Say.Hello", {}, { timeout: "1m" }));
    await sim.run(5000);
    assert.equal([beats, runs.count, await impatient], [10, 0, "deadline_exceeded"]);
    sim.network.resume("server");
    assert.is(await sim.until(patient), "answered");
    await sim.run(500);
    assert.ok(beats > 10);
  });
});

test("a partition keeps calls away in the direction that is cut, and heals", async () => {
  await simulated({}, async (sim) => {
    const [, caller, runs] = await greeterAndCaller(sim);
    const call = () => caller.client.call("greeter", "Say.Hello", {}, { timeout: "500ms" });
    for (const [some, others] of [
      [["caller"], ["server"]],
      [["server"], ["caller"]],
    ] as const) {
      const heal = sim.network.partition(some, others, { oneWay: true });
      assert.is(await outcome(sim, call()), "deadline_exceeded");
      heal();
      assert.is(await outcome(sim, call()), "answered");
    }
    sim.network.partition(["caller"], ["server"]);
    assert.is(await outcome(sim, call()), "deadline_exceeded");
    sim.network.heal();
    assert.is(await outcome(sim, call()), "answered");
    assert.is(runs.count, 3);
  });
});

test("a server that is cut off from the registry is forgotten after its TTL, and known again once that heals", async () => {
  await simulated({ registryTtlMs: 10_000 }, async (sim) => {
    const [, caller] = await greeterAndCaller(sim);
    const call = () => caller.client.call("greeter", "Say.Hello");
    const heal = sim.network.partition(["server"], ["registry"]);
    await sim.run(9000);
    assert.is(await outcome(sim, call()), "answered");
    await sim.run(2000);
    assert.is(await outcome(sim, call()), "unknown_service");
    heal();
    assert.is(await outcome(sim, call()), "answered");
  });
});

test("without a registry nobody is found, unless a cache still knows, and a frozen one says what was", async () => {
  await simulated({ registryTtlMs: 5000 }, async (sim) => {
    const [, plain] = await greeterAndCaller(sim);
    const cached = await sim.node("cached", { plugins: [selectorCache()], use: { selector: "cache" } });
    const calls = async () => [
      await outcome(sim, plain.client.call("greeter", "Say.Hello")),
      await outcome(sim, cached.client.call("greeter", "Say.Hello")),
    ];
    assert.equal(await calls(), ["answered", "answered"]);
    sim.registry.down();
    assert.equal(await calls(), ["registry_unavailable", "answered"]);
    sim.registry.up();
    const heal = sim.network.partition(["caller"], ["registry"]);
    const start = sim.now;
    assert.equal(await calls(), ["registry_unavailable", "answered"]);
    assert.ok(sim.now - start >= 1000, "who is cut off waits before it knows");
    heal();

    sim.registry.freeze();
    sim.network.crash("server");
    await sim.run(10_000);
    assert.equal(await calls(), ["dial_failed", "dial_failed"]);
    sim.registry.thaw();
    assert.equal(await calls(), ["unknown_service", "unknown_service"]);
  });
});

test("who did not hear the registry for a while hears of all that changed when it does again", async () => {
  await simulated({}, async (sim) => {
    const caller = await sim.node("caller");
    const events: string[] = [];
    const watch = caller.kernel.get("registry").watch(({ action, service }) => {
      events.push(`${action} ${service.nodes.map(({ id }) => id).join()}`);
    });
    await serveGreeter(sim, "one");
    const heal = sim.network.partition(["registry"], ["caller"], { oneWay: true });
    await serveGreeter(sim, "two");
    sim.network.crash("one");
    await sim.run(31_000);
    assert.equal(events, ["create greeter-one-2"]);
    heal();
    assert.equal(events, ["create greeter-one-2", "delete greeter-one-2", "create greeter-two-3"]);
    watch.close();
  });
});

test("messages of a topic reach those whom the broker reaches", async () => {
  await simulated({}, async (sim) => {
    const heard: string[] = [];
    for (const name of ["one", "two"]) {
      const node = await sim.node(name);
      await node.serve(
        defineService({ name, subscribers: { news: async ({ n }: { n: number }) => void heard.push(`${name} ${n}`) } }),
      );
    }
    const paper = await sim.node("paper");
    const publish = (n: number) => sim.until(paper.client.publish("news", { n })).then(() => sim.run(10));
    await publish(1);
    sim.network.partition(["two"], ["broker"]);
    await publish(2);
    sim.network.heal();
    await publish(3);
    assert.equal(heard, ["one 1", "two 1", "one 2", "one 3", "two 3"]);
    sim.network.partition(["paper"], ["broker"]);
    assert.is(await outcome(sim, paper.client.publish("news", { n: 4 })), "connection_lost");
  });
});

test("a stream comes through in order, takes its time and breaks with its node", async () => {
  await simulated({ latency: { minMs: 1, maxMs: 50 } }, async (sim) => {
    const [, caller] = await greeterAndCaller(sim);
    const items: number[] = [];
    const read = async (to: number) => {
      for await (const item of caller.client.stream("greeter", "Say.Count", { to }))
        items.push((item as { n: number }).n);
    };
    await sim.until(read(5));
    assert.equal(items, [0, 1, 2, 3, 4]);
    const broken = outcomeOf(read(1_000_000));
    await sim.run(1000);
    sim.network.crash("server");
    assert.is(await sim.until(broken), "connection_lost");
    assert.ok(items.length > 10);
  });
});

test("what a naive client does to a service that fails shows in the history, and the budget of retry bounds it", async () => {
  const naive = definePlugin({
    name: "naive-retry",
    setup({ hooks }) {
      hooks.client.tap("naive-retry", (next) => async (request) => {
        for (let tries = 1; ; tries++) {
          try {
            return await next(request);
          } catch (error) {
            if (tries === 3) throw error;
          }
        }
      });
    },
  });
  const storm = await loadAtTheLastHop([naive], 500);
  const bounded = await loadAtTheLastHop([retry({ retries: 3 })], 10_000);
  assert.ok(storm > 20, `three tries at each of three hops: ${storm} times the offered load`);
  assert.ok(bounded <= 1.3, `a fifth more and ten a second: ${bounded} times the offered load`);
});

test("while a node is cut off only calls to it fail, and after the partition healed none does", async () => {
  await simulated({}, async (sim) => {
    await serveGreeter(sim, "one");
    await serveGreeter(sim, "two");
    const caller = await sim.node("caller");
    caller.run(() =>
      setInterval(() => void caller.client.call("greeter", "Say.Hello", {}, { timeout: "100ms" }).catch(() => {}), 10),
    );
    await sim.run(2000);
    const begin = sim.now;
    const heal = sim.network.partition(["caller"], ["one"]);
    await sim.run(2000);
    const end = sim.now;
    heal();
    await sim.run(2000);
    const failed = sim.history.filter(({ outcome }) => outcome === "deadline_exceeded");
    assert.ok(failed.length > 50);
    assert.equal([...new Set(failed.map(({ to }) => to))], ["one"]);
    assert.equal(
      failed.filter(({ at }) => at < begin - 20 || at > end),
      [],
    );
    assert.ok(sim.history.some(({ at, to, outcome }) => at > end && to === "one" && outcome === "answered"));
  });
});

test("a close while it runs ends the run, and the process has its clock back", async () => {
  const { now } = performance;
  const sim = await simulate();
  const running = sim.run(10_000_000);
  running.catch(() => {});
  await within(limitMs, "the close", sim.close());
  await rejects(running, /closed meanwhile/);
  assert.is(performance.now, now);
});

test("misuse is told: two at once, an unknown or taken name, a call that nobody lets happen, use after the close", async () => {
  let closed: Simulation | undefined;
  await simulated({}, async (sim) => {
    closed = sim;
    await sim.node("one");
    await rejects(simulate(), /runs already/);
    await rejects(sim.node("one"), /already/);
    await rejects(sim.node("registry"), /registry/);
    await rejects(sim.until(new Promise(() => {}), 1000), /1000 virtual ms/);
    await rejects(sim.run(-1), /-1/);
    const running = sim.run(10);
    await rejects(sim.run(10), /already/);
    await running;
    assert.throws(() => sim.network.crash("nobody"), /"one"/);
    assert.throws(() => sim.network.slow("one", -1), /delay/);
    assert.throws(() => sim.network.latency({ minMs: 5, maxMs: 1 }), /less to more/);
  });
  await closed?.close();
  await rejects(closed?.run(1) as Promise<void>, /closed/);
  await rejects(simulate({ seed: 0.5 }), /seed/);
  await rejects(simulate({ registryTtlMs: 0 }), /registryTtlMs/);
});

test("after a simulation deadlines work on the real clock again, also when calls were never answered", async () => {
  await simulated({}, async (sim) => {
    const [, caller] = await greeterAndCaller(sim);
    sim.network.partition(["caller"], ["server"]);
    caller.client.call("greeter", "Say.Hello", {}, { timeout: "1m" }).catch(() => {});
    caller.run(() => setInterval(() => void caller.client.call("greeter", "Say.Hello").catch(() => {}), 50));
    await sim.run(1000);
  });
  const { startKernel } = await import("@micro/kernel");
  const hang = defineService({ name: "hang", handlers: { A: { B: () => new Promise<object>(() => {}) } } });
  const kernel = await startKernel({ services: [hang] }, { drainLimitMs: 0 });
  const call = kernel.client.call("hang", "A.B", {}, { timeout: "20ms" });
  assert.is(await within(limitMs, "the deadline", outcomeOf(call)), "deadline_exceeded");
  await kernel.stop();
});

interface Runs {
  begun: number;
  count: number;
}

async function serveGreeter(
  sim: Simulation,
  name: string,
): Promise<{ readonly node: SimulatedNode; readonly runs: Runs }> {
  const runs: Runs = { begun: 0, count: 0 };
  const node = await sim.node(name);
  await node.serve(
    defineService({
      name: "greeter",
      handlers: {
        Say: {
          Hello: () => ({ runs: ++runs.count }),
          Slow: async ({ ms }: { ms: number }) => {
            runs.begun++;
            await new Promise((resolve) => setTimeout(resolve, ms));
            return { runs: ++runs.count };
          },
          async *Count({ to }: { to: number }) {
            for (let n = 0; n < to; n++) yield { n };
          },
        },
      },
    }),
  );
  return { node, runs };
}

async function greeterAndCaller(
  sim: Simulation,
  plugins: PluginList = [],
): Promise<readonly [SimulatedNode, SimulatedNode, Runs]> {
  const { node, runs } = await serveGreeter(sim, "server");
  return [node, await sim.node("caller", { plugins }), runs];
}

/** How many calls a service that always fails gets for each that was made to the first of three hops before it. */
async function loadAtTheLastHop(plugins: PluginList, ms: number): Promise<number> {
  let ratio = 0;
  await simulated({}, async (sim) => {
    let load = 0;
    const last = await sim.node("last");
    await last.serve(
      defineService({
        name: "last",
        handlers: {
          Do: {
            It: method({ idempotent: true }, () => {
              load++;
              throw new MicroError("last", 503, "busy");
            }),
          },
        },
      }),
    );
    for (const [name, next] of [
      ["second", "last"],
      ["first", "second"],
    ] as const) {
      const node = await sim.node(name, { plugins });
      await node.serve(
        defineService({
          name,
          handlers: {
            Do: {
              It: method({ idempotent: true }, (input: object, { client }) => client.call(next, "Do.It", input)),
            },
          },
        }),
      );
    }
    const caller = await sim.node("caller", { plugins });
    let offered = 0;
    const timer = caller.run(() =>
      setInterval(() => {
        offered++;
        caller.client.call("first", "Do.It").catch(() => {});
      }, 5),
    );
    await sim.run(ms);
    clearInterval(timer);
    await sim.run(5000);
    ratio = load / offered;
  });
  return ratio;
}

async function history(seed: number) {
  let entries: Simulation["history"] = [];
  await simulated({ seed }, async (sim) => {
    for (const name of ["one", "two", "three"]) await serveGreeter(sim, name);
    const caller = await sim.node("caller", { plugins: [retry({ retries: 2 })] });
    caller.run(() =>
      setInterval(() => {
        caller.client.call("greeter", "Say.Hello", {}, { timeout: "200ms", idempotent: true }).catch(() => {});
      }, 20),
    );
    sim.network.loseAnswers("one", 0.1);
    sim.network.slow("two", 50);
    await sim.run(5000);
    sim.network.crash("three");
    await sim.run(5000);
    sim.network.partition(["caller"], ["two"]);
    await sim.run(5000);
    entries = sim.history.map((entry) => ({ ...entry }));
  });
  return entries;
}

async function simulated(options: SimulationOptions, run: (sim: Simulation) => Promise<void>): Promise<void> {
  const sim = await simulate(options);
  try {
    await within(limitMs, "the simulation", run(sim));
  } finally {
    await within(limitMs, "the close", sim.close());
  }
}

function outcome(sim: Simulation, work: Promise<unknown>): Promise<string> {
  return sim.until(outcomeOf(work));
}

function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "answered",
    (error: unknown) => String((error as { reason?: string }).reason ?? error),
  );
}

async function rejects(work: Promise<unknown>, expected: RegExp): Promise<void> {
  const error = await work.then(
    () => "nothing failed",
    (reason: unknown) => reason,
  );
  assert.match(String(error), expected);
}

test.run();

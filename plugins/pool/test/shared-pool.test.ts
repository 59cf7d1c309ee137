import {
  Cancellation,
  type Connection,
  createMemoryNetwork,
  type DialNext,
  type Listener,
  MemoryTransport,
  MicroError,
  type ServerExchange,
} from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SharedPool, type SharedPoolOptions } from "../src/index.ts";
import { message, target, unlimited } from "./support/fake-transport.ts";
import { trackTimers } from "./support/track-timers.ts";

const test = suite("the shared pool");

const limitMs = 5000;

test("many exchanges share as many connections as its size, spread evenly", async () => {
  await withPool({ size: 3 }, async ({ pool, begin, exchanges, answerAll, used }) => {
    for (let number = 0; number < 3; number++) await begin(`first ${number}`);
    assert.is(pool.stats.dialed, 3, "each found the others at work");
    const calls = Array.from({ length: 27 }, (_none, number) => begin(`call ${number}`));
    await eventually(limitMs, "all requests", () => exchanges.length === 30);

    assert.equal([...used().values()], [10, 10, 10]);
    await Promise.all(calls);
    await answerAll();
    assert.equal(pool.stats, { idle: 3, leased: 0, addresses: 1, dialed: 3, reused: 27 });
  });
});

test("a call alone uses the one that is there", async () => {
  await withPool({ size: 3 }, async ({ pool, call }) => {
    for (let number = 0; number < 5; number++) assert.is(await call(String(number)), `answer to ${number}`);

    assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 1, reused: 4 });
  });
});

test("the next exchange goes where the fewest are", async () => {
  await withPool({ size: 2 }, async ({ pool, begin, exchanges }) => {
    await begin("one");
    await begin("two");
    await eventually(limitMs, "both", () => exchanges.length === 2);
    const second = exchanges[1] as ServerExchange;
    second.reply(message("done"));
    await eventually(limitMs, "the end of the second", () => pool.stats.idle === 1);

    await begin("three");
    await eventually(limitMs, "the third", () => exchanges.length === 3);

    assert.is(exchanges[2]?.remoteAddress, second.remoteAddress);
  });
});

test("answers find their own calls in 2000 concurrent calls of which many are cancelled", async () => {
  await withPool({ size: 4 }, async ({ pool, exchanges, answerAll, address }) => {
    const seen = { answered: 0, cancelled: 0 };
    const caller = async (number: number): Promise<void> => {
      const cancellation = new Cancellation();
      const lease = await pool.acquire(target(address));
      if (number % 3 === 0) setImmediate(() => cancellation.abort("enough"));
      try {
        const reply = await lease.roundTrip(message(String(number)), { ...unlimited, cancellation });
        assert.is(reply.body, `answer to ${number}`);
        seen.answered++;
      } catch (error) {
        assert.ok(MicroError.is(error) && error.reason === "cancelled", String(error));
        seen.cancelled++;
      } finally {
        lease.close();
      }
    };
    const all = Promise.all(Array.from({ length: 2000 }, (_none, number) => caller(number)));
    await eventually(limitMs, "most requests", () => exchanges.length > 1300);
    await answerAll();
    await within(limitMs, "all calls", all);

    assert.equal(seen, { answered: 1333, cancelled: 667 });
    assert.equal(pool.stats, { idle: 4, leased: 0, addresses: 1, dialed: 4, reused: 1996 });
  });
});

test("a stream shares its connection, and its end closes nothing", async () => {
  await withPool({ size: 1 }, async ({ pool, address, call }) => {
    const lease = await pool.acquire(target(address));
    const stream = lease.open(message("stream"), unlimited);

    assert.is(await call("beside it"), "answer to beside it");
    stream.close();
    lease.close();
    assert.is(await call("after it"), "answer to after it");

    assert.is(pool.stats.dialed, 1);
  });
});

test("whoever gave his use back can neither send nor close", async () => {
  await withPool({ size: 1 }, async ({ pool, address, call }) => {
    const stale = await pool.acquire(target(address));
    const other = await pool.acquire(target(address));
    stale.close();
    stale.close();

    assert.is(await reasonOf(() => stale.roundTrip(message("x"), unlimited)), "connection_lost");
    assert.ok(other.usable);
    other.close();
    assert.is(await call("next"), "answer to next");
    assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 1, reused: 2 });
  });
});

test("one that a holder retired takes no new exchange and closes after its last one", async () => {
  await withPool({ size: 1 }, async ({ pool, begin, exchanges, address, call }) => {
    const { reply } = await begin("slow");
    const lease = await pool.acquire(target(address));
    lease.retire?.();
    lease.close();

    assert.is(await call("elsewhere"), "answer to elsewhere");
    assert.is(pool.stats.dialed, 2);
    assert.is(pool.stats.leased, 1);
    exchanges[0]?.reply(message("late but whole"));

    assert.is(await reply, "late but whole");
    assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 2, reused: 1 });
  });
});

test("one that is too old finishes what it carries, and the next exchange gets a new one", async () => {
  await withPool({ size: 1, ttl: 20 }, async ({ pool, begin, exchanges, call }) => {
    const { reply } = await begin("slow");
    const old = performance.now() + 25;
    while (performance.now() < old);

    assert.is(await call("next"), "answer to next");
    assert.is(pool.stats.dialed, 2);
    exchanges[0]?.reply(message("whole"));

    assert.is(await reply, "whole");
  });
});

test("one that takes the place of the last one, which was too old, is shared in its turn", async () => {
  await withPool({ size: 1, ttl: 1000 }, async ({ pool, call }) => {
    await call("one");
    const { now } = performance;
    performance.now = () => now.call(performance) + 1001;
    try {
      await call("two");
    } finally {
      performance.now = now;
    }
    await call("three");

    assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 2, reused: 1 });
  });
});

test("those that grow old are closed also when nobody asks, and no timer stays", async () => {
  const timers = trackTimers();
  try {
    await withPool({ size: 2, ttl: "30ms" }, async ({ pool, call }) => {
      await call("one");
      assert.is(timers.pending, 1);

      await eventually(limitMs, "the sweep", () => pool.stats.addresses === 0);

      assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 1, reused: 0 });
      assert.is(timers.pending, 0);
    });
  } finally {
    timers.restore();
  }
});

test("a node that goes away in order finishes what it carries", async () => {
  await withPool({ size: 1 }, async ({ pool, begin, exchanges, listener, address }) => {
    const { reply } = await begin("slow");
    await eventually(limitMs, "the request", () => exchanges.length === 1);
    const closed = listener.close();

    assert.is(await reasonOf(async () => pool.acquire(target(address))), "dial_failed");
    exchanges[0]?.reply(message("whole"));

    assert.is(await reply, "whole");
    await within(limitMs, "the end", closed);
    await eventually(limitMs, "the end of the connection", () => pool.stats.leased + pool.stats.idle === 0);
  });
});

test("all holders are told when their connection is lost", async () => {
  await withPool({ size: 1 }, async ({ pool, begin, listener, exchanges, address }) => {
    const lost = await Promise.all(["one", "two"].map((body) => begin(body)));
    const idle = await pool.acquire(target(address));
    let told = 0;
    idle.onClose = () => told++;
    await eventually(limitMs, "both requests", () => exchanges.length === 2);

    listener.destroy();

    for (const { reply } of lost) assert.is(await reasonOf(() => reply), "connection_lost");
    await eventually(limitMs, "the news", () => told === 1);
    idle.close();
    assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 1, reused: 2 });
  });
});

test("an address that left: the idle close at once, the others after their last exchange", async () => {
  await withPool({ size: 2 }, async ({ pool, begin, exchanges, address }) => {
    const first = await begin("one");
    const second = await begin("two");
    await eventually(limitMs, "both requests", () => exchanges.length === 2);
    exchanges[0]?.reply(message("done"));
    await first.reply;

    pool.closeAddress(address);
    assert.equal(pool.stats, { idle: 0, leased: 1, addresses: 0, dialed: 2, reused: 0 });
    exchanges[1]?.reply(message("done too"));

    assert.is(await second.reply, "done too");
    assert.is(pool.stats.leased, 0);
  });
});

test("who dials in vain beside a connection that works uses that one", async () => {
  let dials = 0;
  const flaky =
    (dial: DialNext): DialNext =>
    (to) =>
      ++dials === 1 ? dial(to) : Promise.reject(new Error("no more"));
  await withPool(
    { size: 2 },
    async ({ pool, begin, call }) => {
      await begin("slow");

      assert.is(await call("next"), "answer to next");

      assert.is(dials, 2);
      assert.is(pool.stats.dialed, 1);
    },
    flaky,
  );
});

test("of many callers of a dead address each gets the error, and nothing stays", async () => {
  const dead = (): DialNext => async () => {
    throw new MicroError("go.micro.client", 500, "nobody", { reason: "dial_failed" });
  };
  await withPool(
    { size: 2 },
    async ({ pool, address }) => {
      const reasons = Array.from({ length: 20 }, () => reasonOf(async () => pool.acquire(target(address))));

      assert.equal(new Set(await within(limitMs, "all", Promise.all(reasons))), new Set(["dial_failed"]));
      assert.is(pool.stats.addresses, 0);
    },
    dead,
  );
});

test("who waits for the dialling of others does so until his own deadline", async () => {
  const never = (): DialNext => () => new Promise<Connection>(() => undefined);
  await withPool(
    { size: 1 },
    async ({ pool, address }) => {
      void pool.acquire(target(address));

      const late = { ...target(address), deadline: performance.now() + 20 };
      assert.is(await reasonOf(async () => pool.acquire(late)), "deadline_exceeded");
    },
    never,
  );
});

test("a closed pool hands out nothing and has nothing", async () => {
  await withPool({ size: 1 }, async ({ pool, begin, address }) => {
    const { reply } = await begin("slow");
    const waiting = reasonOf(async () => pool.acquire(target("memory:60000")));

    pool.close();
    pool.close();

    assert.is(await reasonOf(() => reply), "connection_lost");
    assert.ok(["dial_failed", "pool_closed"].includes(String(await waiting)));
    assert.is(await reasonOf(async () => pool.acquire(target(address))), "pool_closed");
    assert.equal(pool.stats.leased, 0);
  });
});

for (const options of [{ size: 0 }, { size: -1 }, { size: 1, ttl: 0 }]) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.throws(
      () => new SharedPool(() => Promise.reject(), options),
      (error: unknown) => error instanceof TypeError,
    );
  });
}

interface Scene {
  readonly pool: SharedPool;
  readonly listener: Listener;
  readonly address: string;
  /** What came and waits for an answer, oldest first; calls by `call` are answered at once. */
  readonly exchanges: readonly ServerExchange[];
  /** How many requests came over each connection. */
  used(): ReadonlyMap<string, number>;
  /** Starts a call, and resolves when it has its connection. */
  begin(body: string): Promise<{ readonly reply: Promise<unknown> }>;
  call(body: string): Promise<unknown>;
  answerAll(): Promise<void>;
}

async function withPool(
  options: SharedPoolOptions,
  run: (scene: Scene) => Promise<void>,
  wrap = (dial: DialNext) => dial,
): Promise<void> {
  const transport = new MemoryTransport(createMemoryNetwork());
  const exchanges: ServerExchange[] = [];
  const quick = new Set<string>();
  const accept = (exchange: ServerExchange): void => {
    if (quick.has(String(exchange.request.body))) answer(exchange);
    else exchanges.push(exchange);
  };
  const listener = await transport.listen({ address: ":0" }, accept);
  const { address } = listener;
  const pool = new SharedPool(
    wrap((to) => transport.dial(to.address, to)),
    options,
  );
  const calls: Promise<unknown>[] = [];
  const begin = async (body: string): Promise<{ readonly reply: Promise<unknown> }> => {
    const lease = await pool.acquire(target(address));
    const reply = lease
      .roundTrip(message(body), unlimited)
      .then((answered) => answered.body)
      .finally(() => lease.close());
    calls.push(reply.catch(() => undefined));
    return { reply };
  };
  const used = (): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const { remoteAddress } of exchanges) counts.set(remoteAddress, (counts.get(remoteAddress) ?? 0) + 1);
    return counts;
  };
  try {
    await run({
      pool,
      listener,
      address,
      exchanges,
      used,
      begin,
      async call(body) {
        quick.add(body);
        const { reply } = await within(limitMs, "a connection", begin(body));
        return within(limitMs, "the reply", reply);
      },
      async answerAll() {
        for (const exchange of exchanges) answer(exchange);
        await within(limitMs, "all replies", Promise.all(calls));
      },
    });
  } finally {
    pool.close();
    listener.destroy();
  }
}

function answer(exchange: ServerExchange): void {
  exchange.reply(message(`answer to ${exchange.request.body}`));
}

async function reasonOf(run: () => Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await within(
    limitMs,
    "the failure",
    run().then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );
  assert.ok(MicroError.is(error), String(error));
  return (error as MicroError).reason;
}

test.run();

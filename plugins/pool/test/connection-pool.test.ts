import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Cancellation, type Connection, MicroError } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConnectionPool, type PoolEvent, type PoolOptions } from "../src/index.ts";
import { type FakeConnection, FakeTransport, message, target, unlimited } from "./support/fake-transport.ts";
import { trackTimers } from "./support/track-timers.ts";

const test = suite("the connection pool");

test("a connection that was given back is used again, and at once", async () => {
  const { transport, pool, call } = setUp({ size: 1 });

  await call("one");
  const again = pool.acquire(target());

  assert.not.instance(again, Promise);
  assert.is((again as Connection).exchanges, 1);
  assert.is(transport.connections.length, 1);
  assert.equal(pool.stats, { idle: 0, leased: 1, addresses: 1, dialed: 1, reused: 1 });
});

test("the newest is used first", async () => {
  const { transport, pool } = setUp({ size: 3 });
  const leases = [await pool.acquire(target()), await pool.acquire(target()), await pool.acquire(target())];
  for (const index of [1, 0, 2]) leases[index]?.close();

  const order = [0, 0, 0].map(() =>
    transport.connections.indexOf(usedBy(transport, pool.acquire(target()) as Connection)),
  );

  assert.equal(order, [2, 0, 1]);
});

test("each address has its own, written as it is", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  const addresses = ["a:1", "b:1", "__proto__", "constructor"];

  for (const address of addresses) await call("hello", address);
  for (const address of addresses) await call("again", address);

  assert.equal(
    transport.connections.map(({ address }) => address),
    addresses,
  );
  assert.equal(
    transport.connections.map(({ exchanges }) => exchanges),
    [2, 2, 2, 2],
  );
  assert.is(pool.stats.addresses, 4);
});

test("no two callers share one", async () => {
  const { transport, pool } = setUp({ size: 2 });
  const first = await pool.acquire(target());
  const second = await pool.acquire(target());

  assert.is.not(usedBy(transport, first), usedBy(transport, second));
});

test("as many as its size are kept per address, however many were in use", async () => {
  const { transport, pool } = setUp({ size: 2 });
  const leases = await Promise.all(Array.from({ length: 5 }, async () => pool.acquire(target())));

  for (const lease of leases) lease.close();

  assert.equal(
    transport.connections.map(({ isOpen }) => isOpen),
    [true, true, false, false, false],
  );
  assert.equal(pool.stats, { idle: 2, leased: 0, addresses: 1, dialed: 5, reused: 0 });
});

test("calls beyond the limit wait for their turn, first come, first served, and an address does not wait for another", async () => {
  const { transport, pool } = setUp({ size: 2, limit: 2 });
  const leases = [await pool.acquire(target()), await pool.acquire(target())];
  const got: number[] = [];
  const waiting = [3, 4].map(async (number) => {
    const lease = await pool.acquire(target());
    got.push(number);
    return lease;
  });
  await pool.acquire(target("b:1"));
  assert.is(transport.connections.length, 3);

  leases[1]?.close();
  const third = await waiting[0];
  assert.equal(got, [3]);
  leases[0]?.close();
  await waiting[1];

  assert.equal(got, [3, 4]);
  assert.is(usedBy(transport, third as Connection), transport.connections[1]);
  assert.is(transport.connections.length, 3, "they got those that were given back");
});

test("whoever waits gets a new connection when one in use breaks, is too old or is given back broken", async () => {
  const { transport, pool } = setUp({ size: 1, limit: 1, ttl: 20 });
  const broken = await pool.acquire(target());
  const second = pool.acquire(target());
  const third = pool.acquire(target());
  const fourth = pool.acquire(target());

  transport.connections[0]?.close();
  await second;
  broken.close();
  transport.connections[1]?.spoil();
  (await second).close();
  await third;
  const old = performance.now() + 25;
  while (performance.now() < old);
  (await third).close();
  (await fourth).close();

  assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 4, reused: 0 });
});

test("a dial in vain lets the next one try", async () => {
  let dials = 0;
  const transport = new FakeTransport();
  const pool = new ConnectionPool(
    (to) => (++dials < 3 ? Promise.reject(new Error(`dial ${dials}`)) : transport.dial(to)),
    { size: 1, limit: 1 },
  );

  const outcomes = await Promise.all(
    [1, 2, 3]
      .map(async () => pool.acquire(target()))
      .map((lease) =>
        lease.then(
          () => "got",
          ({ message }: Error) => message,
        ),
      ),
  );

  assert.equal(outcomes, ["dial 1", "dial 2", "got"]);
});

test("the waiting ends at the deadline, or when it is called off, and nothing was sent", async () => {
  const { transport, pool } = setUp({ size: 1, limit: 1 });
  const lease = await pool.acquire(target());
  const cancellation = new Cancellation();
  const late = failureOf(async () => pool.acquire({ ...target(), deadline: performance.now() + 20 }));
  const called = failureOf(async () => pool.acquire({ ...target(), cancellation }));
  const next = pool.acquire(target());

  cancellation.abort("enough");
  assert.equal(outline(await called), [408, "cancelled", true]);
  assert.equal(outline(await late), [408, "deadline_exceeded", true]);
  lease.close();
  await next;

  assert.is(transport.connections.length, 1);
});

test("a stream is not counted, so that streams leave room for calls", async () => {
  const { transport, pool } = setUp({ size: 1, limit: 1 });
  const stream = await pool.acquire(target());
  const waiting = pool.acquire(target());

  stream.open(message("stream"), unlimited);
  await waiting;
  assert.is(transport.connections.length, 2);

  stream.close();
  const third = pool.acquire(target());
  assert.is(transport.connections.length, 2, "the end of a stream makes no more room");
  (await waiting).close();
  await third;
});

test("a limit of 0 is none, and without one it is 100", async () => {
  for (const [limit, expected] of [
    [0, 150],
    [undefined, 100],
  ] as const) {
    const { transport, pool } = setUp({ size: 1, ...(limit === undefined ? {} : { limit }) });

    const all = Promise.allSettled(Array.from({ length: 150 }, async () => pool.acquire(target())));
    await new Promise((resolve) => setImmediate(resolve));

    assert.is(transport.connections.length, expected);
    pool.close();
    await all;
  }
});

test("when the pool closes those who wait are told", async () => {
  const { pool } = setUp({ size: 1, limit: 1 });
  await pool.acquire(target("a:1"));
  await pool.acquire(target("b:1"));
  const waiting = ["a:1", "b:1"].map((address) => reasonOf(async () => pool.acquire(target(address))));
  pool.closeAddress("b:1");

  pool.close();

  assert.equal(await Promise.all(waiting), ["pool_closed", "pool_closed"]);
  assert.is(pool.stats.leased, 0);
});

test("one that was unfit as the last of its address is replaced by one that is kept", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  await call("one");
  transport.connections[0]?.spoil();

  await call("two");
  await call("three");

  assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 2, reused: 1 });
});

test("a dial that throws at once fails the caller and leaves nothing", async () => {
  const pool = new ConnectionPool(
    () => {
      throw new MicroError("go.micro.client", 500, "x", { reason: "dial_failed" });
    },
    { size: 1, limit: 1 },
  );

  const failing = Array.from({ length: 3 }, () => reasonOf(async () => pool.acquire(target())));

  assert.equal(await Promise.all(failing), ["dial_failed", "dial_failed", "dial_failed"]);
  assert.is(pool.stats.addresses, 0);
});

test("a pool of size 0 keeps nothing", async () => {
  const { transport, pool, call } = setUp({ size: 0 });

  await call("one");
  await call("two");

  assert.is(transport.connections.length, 2);
  assert.is(transport.open.length, 0);
  assert.is(pool.stats.addresses, 0);
});

test("one that closed while it was idle is gone at once", async () => {
  const { transport, pool, call } = setUp({ size: 2 });
  await call("one");

  transport.connections[0]?.close();

  assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 1, reused: 0 });
  await call("two");
  assert.is(transport.connections.length, 2);
});

test("one that broke without telling is noticed before it is used, and the next older one is taken", async () => {
  const { transport, pool } = setUp({ size: 2 });
  const leases = [await pool.acquire(target()), await pool.acquire(target())];
  for (const lease of leases) lease.close();

  transport.connections[1]?.spoil();
  const lease = pool.acquire(target()) as Connection;

  assert.is(usedBy(transport, lease), transport.connections[0]);
  assert.not(transport.connections[1]?.isOpen);
});

test("one that is too old is not used again, however short it was idle", async () => {
  const { transport, pool, call } = setUp({ size: 1, ttl: 5 });
  await call("one");

  const old = performance.now() + 10;
  while (performance.now() < old);
  await call("two");

  assert.is(transport.connections.length, 2);
  assert.not(transport.connections[0]?.isOpen);
  assert.is(pool.stats.reused, 0);
});

test("those that grow old are closed also when nobody asks, and no timer stays", async () => {
  const timers = trackTimers();
  try {
    const { transport, pool, call } = setUp({ size: 1, ttl: "30ms" });
    await Promise.all([call("one"), call("two", "b:1")]);
    assert.is(timers.pending, 1);
    assert.is(timers.keepingAlive, 0);
    assert.is(pool.stats.idle, 2);

    await eventually(5000, "the sweep", () => pool.stats.idle === 0);

    assert.is(transport.open.length, 0);
    assert.is(pool.stats.addresses, 0);
    assert.is(timers.pending, 0);
  } finally {
    timers.restore();
  }
});

test("without a limit of age no timer is set", async () => {
  const timers = trackTimers();
  try {
    const { call } = setUp({ size: 1, ttl: Number.POSITIVE_INFINITY });
    await call("one");

    assert.is(timers.pending, 0);
  } finally {
    timers.restore();
  }
});

test("one whose exchange was cancelled is closed and never used again", async () => {
  const { transport, pool } = setUp({ size: 1 });
  const lease = await pool.acquire(target());
  const reply = lease.roundTrip(message("slow"), unlimited);

  transport.connections[0]?.cancel();
  await reply.catch(() => undefined);
  lease.close();

  assert.not(transport.connections[0]?.isOpen);
  assert.is(pool.stats.idle, 0);
});

test("one that is given back before its answer came is closed", async () => {
  const { transport, pool } = setUp({ size: 1 });
  const lease = await pool.acquire(target());
  const reply = lease.roundTrip(message("slow"), unlimited).catch(({ message }: Error) => message);

  lease.close();

  assert.is(await reply, "closed");
  assert.not(transport.connections[0]?.isOpen);
});

test("an error in the answer is no reason to close it", async () => {
  const { transport, call } = setUp({ size: 1 });

  assert.is(await call('{"error":"boom"}'), 'answer to {"error":"boom"}');
  await call("again");

  assert.is(transport.connections.length, 1);
});

test("a stream has its connection for good", async () => {
  const { transport, pool } = setUp({ size: 1 });
  const lease = await pool.acquire(target());
  const stream = lease.open(message("stream"), unlimited);

  stream.close();
  lease.close();

  assert.not(transport.connections[0]?.isOpen);
  assert.is(pool.stats.idle, 0);
});

test("a stream that never began takes nothing", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  const lease = await pool.acquire(target());
  const connection = transport.connections[0] as FakeConnection;
  connection.open = () => {
    throw new Error("cancelled before it began");
  };

  assert.throws(() => lease.open(message("stream"), unlimited), "cancelled before it began");
  lease.close();
  await call("next");

  assert.is(transport.connections.length, 1);
});

test("one that its holder retired is closed when it is given back, though it seems usable", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  const lease = await pool.acquire(target());

  lease.retire?.();
  assert.ok(transport.connections[0]?.isOpen);
  lease.close();

  assert.not(transport.connections[0]?.isOpen);
  await call("next");
  assert.is(pool.stats.dialed, 2);
});

test("whoever gave it back cannot retire it for the next holder", async () => {
  const { transport, pool } = setUp({ size: 1 });
  const stale = await pool.acquire(target());
  stale.close();
  const lease = pool.acquire(target()) as Connection;

  stale.retire?.();
  lease.close();

  assert.ok(transport.connections[0]?.isOpen);
  assert.is(pool.stats.idle, 1);
});

test("whoever gave it back cannot use it, close it, or learn of it", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  const stale = await pool.acquire(target());
  stale.close();
  const lease = (await pool.acquire(target())) as Connection;
  let told = 0;
  lease.onClose = () => told++;

  stale.close();
  stale.close();

  assert.ok(transport.connections[0]?.isOpen);
  assert.ok(lease.usable);
  assert.not(stale.usable);
  assert.is(await reasonOf(() => stale.roundTrip(message("x"), unlimited)), "connection_lost");
  assert.is(await reasonOf(async () => stale.open(message("x"), unlimited)), "connection_lost");
  lease.close();
  await call("next");
  assert.is(stale.exchanges, 0, "what others did on it is not counted");
  assert.is(told, 1);
});

test("how many exchanges it had can be read after it was lost or given back", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  await call("one");
  const lease = pool.acquire(target()) as Connection;
  const reply = lease.roundTrip(message("two"), unlimited);

  transport.connections[0]?.close();
  await reply.catch(() => undefined);

  assert.is(lease.exchanges, 2);
  assert.not(lease.usable);
  lease.close();
  assert.is(lease.exchanges, 2);
});

test("the holder is told once when the connection closes under it, and can still close it", async () => {
  const { transport, pool } = setUp({ size: 1 });
  const lease = await pool.acquire(target());
  let told = 0;
  lease.onClose = () => told++;

  transport.connections[0]?.close();
  await Promise.resolve();
  assert.is(told, 1);
  lease.close();
  await Promise.resolve();

  assert.is(told, 1);
  assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 1, reused: 0 });
});

test("when an address leaves, its idle connections close and those in use as they are given back", async () => {
  const { transport, pool, call } = setUp({ size: 5 });
  const leases = [
    await pool.acquire(target("a:1")),
    await pool.acquire(target("a:1")),
    await pool.acquire(target("a:1")),
  ];
  leases[0]?.close();
  leases[1]?.close();
  await call("other", "b:1");

  pool.closeAddress("a:1");
  pool.closeAddress("a:1");
  pool.closeAddress("never:1");

  assert.equal(
    transport.connections.map(({ isOpen }) => isOpen),
    [false, false, true, true],
  );
  leases[2]?.close();
  assert.equal(
    transport.connections.map(({ isOpen }) => isOpen),
    [false, false, false, true],
  );
  assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 4, reused: 0 });
});

test("an address that comes back is pooled anew", async () => {
  const { transport, pool, call } = setUp({ size: 1 });
  const before = await pool.acquire(target());
  pool.closeAddress(target().address);
  await call("one");
  before.close();
  await call("two");

  assert.is(transport.connections.length, 2);
  assert.equal(pool.stats, { idle: 1, leased: 0, addresses: 1, dialed: 2, reused: 1 });
});

test("close() closes what is idle and what is in use, and hands out no more", async () => {
  const timers = trackTimers();
  try {
    const { transport, pool, call } = setUp({ size: 5 });
    const lease = await pool.acquire(target());
    const reply = lease.roundTrip(message("slow"), unlimited).catch(() => "lost");
    await call("one");

    pool.close();
    pool.close();

    assert.is(transport.open.length, 0);
    assert.is(await reply, "lost");
    lease.close();
    assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 2, reused: 0 });
    assert.is(await reasonOf(async () => pool.acquire(target())), "pool_closed");
    assert.is(transport.connections.length, 2, "none is dialled after the end");
    assert.is(timers.pending, 0);
  } finally {
    timers.restore();
  }
});

test("a connection that is still being dialled when the pool closes is closed", async () => {
  const { transport, pool } = setUp({ size: 5 });
  const dialing = pool.acquire(target());

  pool.close();

  assert.is(await reasonOf(async () => dialing), "pool_closed");
  assert.is(transport.open.length, 0);
});

test("what a dial fails with is the caller's, and leaves nothing", async () => {
  const pool = new ConnectionPool(
    () => Promise.reject(new MicroError("go.micro.client", 500, "x", { reason: "dial_failed" })),
    {
      size: 5,
    },
  );

  assert.is(await reasonOf(async () => pool.acquire(target())), "dial_failed");
  assert.is(pool.stats.addresses, 0);
});

test("a dial that answers at once is answered at once", () => {
  const transport = new FakeTransport();
  const pool = new ConnectionPool(({ address }) => transport.connect(address), { size: 1 });

  assert.not.instance(pool.acquire(target()), Promise);
});

test("a thousand addresses that come and go leave nothing", async () => {
  const { transport, pool, call } = setUp({ size: 2 });
  for (let port = 1; port <= 1000; port++) await call("hello", `10.0.0.1:${port}`);
  assert.is(pool.stats.addresses, 1000);

  for (const connection of transport.connections) connection.close();

  assert.is(pool.stats.addresses, 0);
});

test("its events are told to those who listen", async () => {
  const seen: unknown[] = [];
  const listener = (event: unknown) => seen.push(event);
  const { pool, call } = setUp({ size: 1 });

  subscribe("micro:pool", listener);
  try {
    await call("one");
    await call("two");
    pool.close();
  } finally {
    unsubscribe("micro:pool", listener);
  }
  await call("unheard").catch(() => undefined);

  const { address } = target();
  const event = (name: PoolEvent["event"], why?: string): PoolEvent => ({ event: name, address, why });
  const expected = [
    event("dial"),
    event("release"),
    event("reuse"),
    event("release"),
    event("close", "the pool closed"),
  ];
  assert.equal(seen, expected);
});

for (const [size, ttl] of [
  [-1, "1m"],
  [1.5, "1m"],
  [Number.NaN, "1m"],
  [10_001, "1m"],
  [1, 0],
  [1, "-1s"],
  [1, "soon"],
] as const) {
  test(`a size of ${size} with a ttl of ${ttl} is refused`, () => {
    assert.throws(
      () => new ConnectionPool(new FakeTransport().dial, { size, ttl }),
      (error: unknown) => error instanceof TypeError,
    );
  });
}

interface SetUp {
  readonly transport: FakeTransport;
  readonly pool: ConnectionPool;
  call(body: string, address?: string): Promise<unknown>;
}

function setUp(options: PoolOptions): SetUp {
  const transport = new FakeTransport();
  const pool = new ConnectionPool(transport.dial, options);
  async function call(body: string, address?: string): Promise<unknown> {
    const lease = await pool.acquire(target(address));
    try {
      const reply = lease.roundTrip(message(body), unlimited);
      transport.connections.find(({ asked, isWaiting }) => isWaiting && asked === body)?.answer();
      return (await reply).body;
    } finally {
      lease.close();
    }
  }
  return { transport, pool, call };
}

let marks = 0;

/** The connection behind a lease: the one that a request on it arrives at. */
function usedBy(transport: FakeTransport, lease: Connection): FakeConnection {
  const mark = `mark ${marks++}`;
  lease.roundTrip(message(mark), unlimited).catch(() => undefined);
  return transport.connections.find(({ asked }) => asked === mark) as FakeConnection;
}

async function reasonOf(run: () => Promise<unknown>): Promise<string | undefined> {
  return (await failureOf(run)).reason;
}

function outline({ code, reason, notProcessed }: MicroError): readonly unknown[] {
  return [code, reason, notProcessed];
}

async function failureOf(run: () => Promise<unknown>): Promise<MicroError> {
  const error: unknown = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(MicroError.is(error), String(error));
  return error as MicroError;
}

test.run();

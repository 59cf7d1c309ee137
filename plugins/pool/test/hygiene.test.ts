import { bodyText, Cancellation, type DialTarget, MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConnectionPool } from "../src/index.ts";
import { CarelessPool } from "./support/careless-pool.ts";
import { message } from "./support/fake-transport.ts";
import { replyBytes } from "./support/framed.ts";
import { seeded } from "./support/seeded.ts";
import { type Manner, UnrulyServer } from "./support/unruly-server.ts";

const test = suite("what might still carry an answer");

const limitMs = 10_000;

// POOL_ROUNDS=100000 for the long form.
const rounds = Number(process.env.POOL_ROUNDS ?? 3000);

test("after bytes that nobody asked for an idle socket is gone before its next use", async () => {
  await withServer(async ({ server, pool, call }) => {
    for (let round = 0; round < 20; round++) {
      assert.is(await call(`plain ${round}`), `answer to plain ${round}`);
      assert.is(pool.stats.idle, 1);

      server.sockets.at(-1)?.write(replyBytes("answer to nobody"));
      await eventually(limitMs, "the end of the socket", () => pool.stats.idle === 0 && server.open === 0);
    }

    assert.equal([pool.stats.dialed, pool.stats.reused], [20, 0]);
  });
});

test("a socket whose reply is longer than it says is not used again, and the reply itself is good", async () => {
  await withServer(async ({ server, pool, call }) => {
    for (let round = 0; round < 20; round++) assert.is(await call(`long ${round}`), `answer to long ${round}`);
    await eventually(limitMs, "the end of the sockets", () => server.open === 0);

    assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 20, reused: 0 });
  });
});

for (const manner of ["half", "late", "never"] as const) {
  test(`a call that is called off while its answer is "${manner}" costs the socket, and the next call has its own answer`, async () => {
    await withServer(async ({ server, pool, call }) => {
      for (let round = 0; round < 20; round++) {
        const outcome = await call(`${manner} ${round}`, 1);
        assert.ok(outcome === "cancelled" || outcome === `answer to ${manner} ${round}`, outcome);
        assert.is(await call(`plain ${round}`), `answer to plain ${round}`);
      }
      await eventually(limitMs, "the end of the others", () => server.open === pool.stats.idle);

      assert.ok(pool.stats.dialed > 10, `${pool.stats.dialed} dialled`);
    });
  });
}

test("the late answer of a call that met its deadline never arrives at the next one", async () => {
  await withServer(async ({ server, pool, target }) => {
    for (let round = 0; round < 10; round++) {
      const late = ask(pool, { ...target, deadline: performance.now() + 1 }, `late ${round}`);
      assert.ok(["deadline_exceeded", `answer to late ${round}`].includes(await late));

      assert.is(await ask(pool, target, `plain ${round}`), `answer to plain ${round}`);
    }
    await eventually(limitMs, "the end of the others", () => server.open === pool.stats.idle);
  });
});

test(`in ${rounds} rounds of calls at random, called off or not, no answer arrives at another call`, async () => {
  await withServer(async ({ server, pool, target }) => {
    const seen = await play((to, body) => ask(pool, to, body), target);
    await eventually(limitMs, "the end of the others", () => server.open === pool.stats.idle);

    assert.is(seen.strange, 0);
    assert.ok(seen.answered > rounds / 4, `${seen.answered} answered`);
    assert.ok(seen.cancelled > rounds / 20, `${seen.cancelled} called off`);
    assert.ok(pool.stats.reused > rounds / 20, `${pool.stats.reused} reused`);
    console.log(`${rounds} rounds: ${JSON.stringify({ ...seen, ...pool.stats })}`);
  });
});

test("the same rounds show strange answers where sockets are kept without care", async () => {
  await withServer(async ({ target }) => {
    const careless = new CarelessPool();
    try {
      const seen = await play((to, body) => careless.call(to, body).catch(() => "cancelled"), target, 1000);

      assert.ok(seen.strange > 0, JSON.stringify(seen));
    } finally {
      careless.close();
    }
  });
});

interface Seen {
  answered: number;
  cancelled: number;
  /** Answers to another request. */
  strange: number;
}

/** Sixteen callers at once, each with one call after the other. */
async function play(
  call: (target: DialTarget, body: string) => Promise<string>,
  target: DialTarget,
  count = rounds,
): Promise<Seen> {
  const random = seeded(2016);
  const manners: readonly Manner[] = ["plain", "plain", "plain", "late", "split", "long"];
  const seen: Seen = { answered: 0, cancelled: 0, strange: 0 };
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let id = next++; id < count; id = next++) {
      const body = `${manners[random(manners.length)]} ${id}`;
      const cancellation = new Cancellation();
      if (random(3) === 0) callOff(cancellation, random(4));
      const outcome = await call({ ...target, cancellation }, body);
      if (outcome === "cancelled") seen.cancelled++;
      else if (outcome === `answer to ${body}`) seen.answered++;
      else seen.strange++;
    }
  };
  const all = Promise.all(Array.from({ length: 16 }, caller));
  await within(limitMs + 5 * count, "all rounds", all);
  return seen;
}

function callOff(cancellation: Cancellation, afterMs: number): void {
  if (afterMs === 0) setImmediate(() => cancellation.abort("enough"));
  else setTimeout(() => cancellation.abort("enough"), afterMs);
}

/** The answer, or the reason why there is none. */
async function ask(pool: ConnectionPool, target: DialTarget, body: string): Promise<string> {
  try {
    const connection = await pool.acquire(target);
    try {
      return bodyText((await connection.roundTrip(message(body), target)).body);
    } finally {
      connection.close();
    }
  } catch (error) {
    assert.ok(MicroError.is(error), String(error));
    return String((error as MicroError).reason);
  }
}

interface Scene {
  readonly server: UnrulyServer;
  readonly pool: ConnectionPool;
  readonly target: DialTarget;
  /** Calls, and calls off after so many milliseconds. */
  call(body: string, cancelAfterMs?: number): Promise<string>;
}

async function withServer(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await UnrulyServer.listen();
  const transport = new HttpTransport();
  const pool = new ConnectionPool((to) => transport.dial(to.address, to), { size: 8 });
  const target = { address: server.address, deadline: Number.POSITIVE_INFINITY, cancellation: undefined };
  const call = (body: string, cancelAfterMs?: number): Promise<string> => {
    const cancellation = new Cancellation();
    if (cancelAfterMs !== undefined) callOff(cancellation, cancelAfterMs);
    return within(limitMs, `the answer to ${body}`, ask(pool, { ...target, cancellation }, body));
  };
  try {
    await run({ server, pool, target, call });
  } finally {
    pool.close();
    await server.close();
  }
}

test.run();

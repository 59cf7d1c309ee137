import type { Connection, Message } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConnectionPool } from "../src/index.ts";
import { type FakeConnection, FakeTransport, message, target, unlimited } from "./support/fake-transport.ts";
import { seeded } from "./support/seeded.ts";

const test = suite("the connection pool in random use");

const rounds = 100_000;
const addresses = ["a:1", "b:2", "c:3"];
const size = 3;

test("in 100,000 random rounds no connection has two holders, no answer goes astray, and the newest is used first", async () => {
  const world = new World(seeded(2016));

  for (let round = 0; round < rounds; round++) {
    world.step();
    // The promises of a round settle before the next one.
    if (round % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await world.end();

  assert.ok(world.answered > rounds / 20, `${world.answered} answers`);
  assert.ok(world.cancelled > rounds / 100, `${world.cancelled} cancelled`);
  assert.ok(world.reused > rounds / 40, `${world.reused} reused`);
});

interface Holder {
  readonly address: string;
  readonly lease: Connection;
  readonly connection: FakeConnection | undefined;
}

/** Callers at random, and beside them what a pool ought to do: per address a stack of idle connections. */
class World {
  answered = 0;
  cancelled = 0;
  reused = 0;
  readonly #random: (below: number) => number;
  readonly #transport = new FakeTransport();
  readonly #pool: ConnectionPool;
  readonly #idle = new Map<string, FakeConnection[]>(addresses.map((address) => [address, []]));
  readonly #holders: Holder[] = [];
  readonly #stale: Connection[] = [];
  readonly #failures: string[] = [];
  #next = 0;
  #dialed: FakeConnection | undefined;

  constructor(random: (below: number) => number) {
    this.#random = random;
    this.#pool = new ConnectionPool(
      ({ address }) => {
        this.#dialed = this.#transport.connect(address);
        return this.#dialed;
      },
      { size, ttl: "1h" },
    );
  }

  step(): void {
    const actions = [
      () => this.#acquire(),
      () => this.#acquire(),
      () => this.#ask(),
      () => this.#ask(),
      () => this.#answer(),
      () => this.#answer(),
      () => this.#cancel(),
      () => this.#giveBack(),
      () => this.#giveBack(),
      () => this.#touchStale(),
      () => this.#breakIdle(),
      () => this.#breakUsed(),
    ];
    actions[this.#random(actions.length)]?.();
    assert.is(this.#pool.stats.idle, this.#idleCount());
    assert.is(this.#pool.stats.leased, this.#holders.filter(({ connection }) => connection?.isOpen !== false).length);
  }

  async end(): Promise<void> {
    this.#pool.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(this.#failures, []);
    assert.is(this.#transport.open.length, 0);
    assert.equal(this.#pool.stats.addresses, 0);
  }

  #acquire(): void {
    if (this.#holders.length >= 12) return;
    const address = this.#pick(addresses) as string;
    this.#dialed = undefined;
    const lease = this.#pool.acquire(target(address)) as Connection;
    // Every connection that broke left the model, so its last one is what the pool must take.
    const expected = this.#idle.get(address)?.pop();
    if (expected === undefined) assert.ok(this.#dialed, "a connection is dialled where none is idle");
    else assert.not(this.#dialed, "no connection is dialled where one is idle");
    if (expected !== undefined) this.reused++;
    this.#holders.push({ address, lease, connection: expected ?? this.#dialed });
  }

  #ask(): void {
    const holder = this.#pick(this.#holders.filter(({ lease }) => lease.usable));
    if (holder === undefined) return;
    const asked = `question ${this.#next++}`;
    holder.lease.roundTrip(message(asked), unlimited).then(
      (reply) => this.#check(asked, reply),
      () => undefined,
    );
    assert.is(holder.connection?.asked, asked, "the request went over the connection that was expected");
  }

  #check(asked: string, { body }: Message): void {
    this.answered++;
    if (body !== `answer to ${asked}`) this.#failures.push(`${asked}: ${String(body)}`);
  }

  #answer(): void {
    this.#pick(this.#holders.filter(({ connection }) => connection?.isWaiting))?.connection?.answer();
  }

  #cancel(): void {
    const holder = this.#pick(this.#holders.filter(({ connection }) => connection?.isWaiting));
    if (holder === undefined) return;
    this.cancelled++;
    holder.connection?.cancel();
  }

  #giveBack(): void {
    const [holder] = this.#holders.splice(this.#random(this.#holders.length || 1), 1);
    if (holder === undefined) return;
    const { address, lease, connection } = holder;
    const idle = this.#idle.get(address) ?? [];
    const isKept = connection?.usable === true && idle.length < size;
    lease.close();
    assert.is(connection?.isOpen, isKept, "it is kept when it is whole and there is room, else closed");
    if (isKept) idle.push(connection);
    this.#stale.push(lease);
    if (this.#stale.length > 50) this.#stale.shift();
  }

  #touchStale(): void {
    const stale = this.#pick(this.#stale);
    if (stale === undefined) return;
    stale.close();
    assert.not(stale.usable);
    stale.roundTrip(message("stale"), unlimited).then(
      () => this.#failures.push("a stale lease got an answer"),
      () => undefined,
    );
  }

  #breakIdle(): void {
    const idle = this.#idle.get(this.#pick(addresses) as string) ?? [];
    idle.splice(this.#random(idle.length || 1), 1)[0]?.close();
  }

  #breakUsed(): void {
    this.#pick(this.#holders)?.connection?.close();
  }

  #idleCount(): number {
    let count = 0;
    for (const idle of this.#idle.values()) count += idle.length;
    return count;
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random(items.length)];
  }
}

test.run();

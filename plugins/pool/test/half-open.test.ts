import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { bodyText, type DialTarget, MicroError } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConnectionPool } from "../src/index.ts";
import { message } from "./support/fake-transport.ts";

const test = suite("a server process that stands still");

const limitMs = 20_000;

if (process.platform === "win32") console.log("SKIP a process that stands still: Windows has no SIGSTOP");
else {
  test("ends the call in flight at its deadline, and its socket is never used again", async () => {
    await withProcess(async ({ server, pool, ask }) => {
      assert.is(await ask("plain 1"), "answer to plain 1");
      server.kill("SIGSTOP");

      const started = performance.now();
      assert.is(await ask("plain 2", 200), "deadline_exceeded");

      assert.ok(performance.now() - started >= 199, "not before the deadline");
      assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 1, reused: 1 });
      server.kill("SIGCONT");
      assert.is(await ask("plain 3"), "answer to plain 3");
      assert.is(pool.stats.dialed, 2);
    });
  });

  test("ends every call at once in flight at its own deadline", async () => {
    await withProcess(async ({ server, pool, ask }) => {
      await Promise.all(Array.from({ length: 5 }, (_none, number) => ask(`plain ${number}`)));
      server.kill("SIGSTOP");

      const outcomes = await Promise.all(Array.from({ length: 20 }, (_none, number) => ask("plain", 50 + 10 * number)));

      assert.equal(new Set(outcomes), new Set(["deadline_exceeded"]));
      assert.equal([pool.stats.idle, pool.stats.leased], [0, 0]);
    });
  });
}

interface Scene {
  readonly server: ChildProcess;
  readonly pool: ConnectionPool;
  /** The answer, or the reason why there is none. */
  ask(body: string, timeoutMs?: number): Promise<string>;
}

async function withProcess(run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = fork(new URL("./support/unruly-process.ts", import.meta.url), { execArgv: process.execArgv });
  const transport = new HttpTransport();
  const pool = new ConnectionPool((to) => transport.dial(to.address, to), { size: 10 });
  try {
    const [address] = (await within(limitMs, "the server", once(server, "message"))) as [string];
    const ask = (body: string, timeoutMs = limitMs): Promise<string> => {
      const target = { address, deadline: performance.now() + timeoutMs, cancellation: undefined };
      return within(2 * limitMs, `the answer to ${body}`, call(pool, target, body));
    };
    await run({ server, pool, ask });
  } finally {
    pool.close();
    server.kill("SIGKILL");
  }
}

async function call(pool: ConnectionPool, target: DialTarget, body: string): Promise<string> {
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

test.run();

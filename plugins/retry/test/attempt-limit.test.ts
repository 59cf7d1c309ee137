import { createServer, type Server, type Socket } from "node:net";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { retry } from "../src/index.ts";
import { type Caller, failure, withCaller } from "./support/caller.ts";
import { RawNode } from "./support/raw-node.ts";

const test = suite("the time of one try");

test("a node that hangs costs an idempotent call a part of its time", async () => {
  await withHanging(async (call, hang) => {
    await call("Say.Again", "before");
    await hang();

    const startedAt = performance.now();
    await call("Say.Again", "x", { timeout: "60s" });

    assert.ok(performance.now() - startedAt < 15_000);
  });
});

for (const [what, method, options, settings] of [
  ["a call that may run only once", "Say.Hello", {}, {}],
  ["a call whose caller says so", "Say.Again", { idempotent: false }, {}],
  ["a call that has one try", "Say.Again", {}, { retries: 1 }],
  ["a call where tries have no limit", "Say.Again", {}, { attemptLimit: 0 }],
  ["a call for whose next try there is no room", "Say.Again", {}, { concurrency: 0, minConcurrent: 0 }],
] as const) {
  test(`${what} waits for its own deadline`, async () => {
    await withHanging(async (call, hang) => {
      await call(method, "before", options);
      await hang();

      assert.is((await failure(call(method, "x", { timeout: "600ms", ...options }))).reason, "deadline_exceeded");
    }, settings);
  });
}

test("of calls that are late together each is tried again when there is room", async () => {
  await withHanging(
    async (call, hang) => {
      await call("Say.Again", "before");
      await hang();

      const calls = ["x", "y", "z"].map((id) => call("Say.Again", id, { timeout: "60s" }));
      await within(20_000, "all answers", Promise.all(calls));
    },
    { concurrency: 0, minConcurrent: 1 },
  );
});

test("a method that was never answered is given the time of the call", async () => {
  await withHanging(async (call, hang) => {
    await hang();
    assert.is((await failure(call("Say.Again", "x", { timeout: "600ms" }))).reason, "deadline_exceeded");
  });
});

test("a caller that gives up ends the try", async () => {
  await withHanging(async (call, hang) => {
    await call("Say.Again", "before");
    await hang();
    const controller = new AbortController();
    const cancelled = call("Say.Again", "x", { signal: controller.signal });
    controller.abort();
    assert.is((await failure(cancelled)).reason, "cancelled");
  });
});

test.run();

/** Runs with a caller whose first node answers until `hang`; the second always does. */
async function withHanging(
  run: (call: Caller["call"], hang: () => Promise<void>) => Promise<void>,
  options: Parameters<typeof retry>[0] = {},
): Promise<void> {
  const [first, second] = [await RawNode.listen("answers"), await RawNode.listen("answers")];
  const silent = new SilentServer();
  const hang = async (): Promise<void> => {
    const port = Number(first.address.split(":")[1]);
    await first.close();
    await silent.listen(port);
  };
  try {
    await withCaller([retry({ retries: 3, ...options })], [first.address, second.address], ({ call }) =>
      run(call, hang),
    );
  } finally {
    await Promise.all([first.close(), second.close(), silent.close()]);
  }
}

/** Takes connections and says nothing. */
class SilentServer {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on("error", () => {}).resume();
  });

  listen(port: number): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

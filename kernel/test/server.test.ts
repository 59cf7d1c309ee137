import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Body,
  createMemoryNetwork,
  MemoryTransport,
  type Message,
  MicroError,
  memory,
  memoryCodec,
  startKernel,
} from "../src/index.ts";
import { within } from "../src/testing/index.ts";
import { createGreeter, type Seen } from "./support/greeter.ts";

const test = suite("server");
const contentType = "application/vnd.micro.memory";
const limits = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };
const envelope = memoryCodec.envelope as NonNullable<typeof memoryCodec.envelope>;

/** Talks to a served greeter as a stranger would: with messages, not through the client. */
async function withServer(
  run: (exchange: (header: Record<string, string>, body: Body) => Promise<Message>, seen: Seen) => Promise<void>,
): Promise<void> {
  const network = createMemoryNetwork();
  const seen: Seen = { aborted: 0, closedStreams: 0 };
  const kernel = await startKernel({ plugins: [memory({ network })] }, { drainLimitMs: 50 });
  const served = await kernel.serve(createGreeter("greeter", seen));
  const exchange = async (header: Record<string, string>, body: Body): Promise<Message> => {
    const connection = await new MemoryTransport(network).dial(served.address, limits);
    try {
      return await within(2000, "the reply", connection.roundTrip({ header, body }, limits));
    } finally {
      connection.close();
    }
  };
  try {
    await run(exchange, seen);
  } finally {
    await kernel.stop();
  }
}

function request(method: string, value: unknown = {}, id = 0): Body {
  return envelope.writeRequest(method, id, value);
}

async function refusal(work: Promise<unknown>): Promise<MicroError> {
  const outcome = await work.then(
    () => undefined,
    (error) => error,
  );
  assert.ok(MicroError.is(outcome), `a MicroError, not ${String(outcome)}`);
  return outcome as MicroError;
}

test("a request is answered with its id and its content type, and with nothing else it sent", () =>
  withServer(async (exchange) => {
    const reply = await exchange(
      { "Content-Type": contentType, Authorization: "secret", "X-User-Id": "1" },
      request("Say.Sync", { name: "x" }, 7),
    );
    assert.equal({ ...reply.header }, { "Content-Type": contentType });
    const { id, error, payload } = envelope.readReply(reply.body);
    assert.is(id, 7);
    assert.is(error, undefined);
    assert.equal(envelope.value(payload), { msg: "Hello x" });
  }));

test("a content type that nobody reads is refused with a 415", () =>
  withServer(async (exchange) => {
    for (const type of ["application/nothing", "", `${contentType}; charset=utf-16`, "__proto__", "constructor"]) {
      const error = await refusal(exchange({ "Content-Type": type }, request("Say.Sync")));
      assert.is(error.code, 415, type);
      assert.is(error.notProcessed, true);
    }
  }));

test("a broken envelope is refused with a 400, and the next request is served", async () => {
  for (const body of ["", "{", "\0\0\0\u0014", Buffer.from([0xff, 0xff, 0xff])]) {
    await withServer(async (exchange) => {
      assert.is((await refusal(exchange({ "Content-Type": contentType }, body))).code, 400);
    });
  }
});

test("a content type is compared without case and parameters", () =>
  withServer(async (exchange) => {
    await exchange(
      { "Content-Type": `${contentType.toUpperCase()}; charset=utf-8` },
      request("Say.Sync", { name: "x" }),
    );
  }));

test("a timeout that is no number is a 400, one that is used up a 408 without a handler", () =>
  withServer(async (exchange, seen) => {
    const cases: readonly (readonly [string, number])[] = [
      ["abc", 400],
      ["1e3", 400],
      ["", 400],
      ["1.5", 400],
      ["9".repeat(31), 400],
      ["0", 408],
      ["-5", 408],
    ];
    for (const [timeout, code] of cases) {
      const reply = await exchange({ "Content-Type": contentType, Timeout: timeout }, request("Say.Hang"));
      const { error } = envelope.readReply(reply.body);
      assert.is(MicroError.parse(error ?? "").code, code, `Timeout: ${timeout}`);
    }
    assert.is(seen.aborted, 0);
  }));

test("a timeout longer than an hour counts as an hour", () =>
  withServer(async (exchange) => {
    const reply = await exchange({ "Content-Type": contentType, Timeout: "9".repeat(30) }, request("Say.Remaining"));
    const { remainingMs } = envelope.value(envelope.readReply(reply.body).payload) as { remainingMs: number };
    assert.ok(remainingMs <= 3_600_000, String(remainingMs));
  }));

test("the server answers a 408 when the time that was given is over, and aborts the handler's signal", () =>
  withServer(async (exchange, seen) => {
    const reply = await exchange({ "Content-Type": contentType, Timeout: "30000000" }, request("Say.Hang"));
    assert.is(MicroError.parse(envelope.readReply(reply.body).error ?? "").code, 408);
    await within(2000, "the handler's end", async () => {
      while (seen.aborted === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    });
  }));

test("a method that is not there does not repeat what came", () =>
  withServer(async (exchange) => {
    for (const method of ["Say.<script>", "toString", "hasOwnProperty.call", "__proto__.x"]) {
      const reply = await exchange({ "Content-Type": contentType }, request(method));
      const error = MicroError.parse(envelope.readReply(reply.body).error ?? "");
      assert.is(error.code, 404);
      assert.is(error.detail.includes(method), false);
    }
  }));

test("a request that names another service is refused with a 421 that says that nothing ran", () =>
  withServer(async (exchange) => {
    const named = [{ "Micro-Service": "other", "Micro-Endpoint": "Say.Sync" }, { "Micro-Target": "other" }];
    for (const header of named) {
      const error = await refusal(exchange({ "Content-Type": contentType, ...header }, request("Say.Sync")));
      assert.equal([error.code, error.notProcessed], [421, true]);
    }
  }));

test("a request that names this service or none is served", () =>
  withServer(async (exchange) => {
    for (const header of [{}, { "Micro-Target": "greeter" }, { "Micro-Target": "" }]) {
      const reply = await exchange({ "Content-Type": contentType, ...header }, request("Say.Sync", { name: "x" }));
      assert.is(envelope.readReply(reply.body).error, undefined);
    }
    for (const name of ["greeter", ""]) {
      const header = { "Micro-Service": name, "Micro-Endpoint": "Say.Sync" };
      const reply = await exchange({ "Content-Type": contentType, ...header }, memoryCodec.encode({ name: "x" }));
      assert.is(reply.header["Micro-Error"], undefined);
    }
  }));

test.run();

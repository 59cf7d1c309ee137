import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Connection, RequestError } from "../../page/src/live/connection.ts";
import { LiveState } from "../../page/src/live/live-state.ts";
import type { ServerFrame, WireError } from "../../src/hub/protocol.ts";

const test = suite("the connection of the page");

/** A WebSocket whose other end is the test. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: Record<string, unknown>[] = [];
  readyState = 0;

  constructor(url: string, protocols: readonly string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  closes(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }

  brings(frame: ServerFrame): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
}

const real = { WebSocket: globalThis.WebSocket, location: globalThis.location, setTimeout: globalThis.setTimeout };
let timers: (() => void)[] = [];

test.before.each(() => {
  FakeSocket.all = [];
  timers = [];
  const location = { protocol: "http:", host: "127.0.0.1:8083" };
  const setTimeout = (run: () => void): number => timers.push(run);
  Object.assign(globalThis, { WebSocket: FakeSocket, location, setTimeout });
});
test.after.each(() => void Object.assign(globalThis, real));

function start(token = "t"): { state: LiveState; connection: Connection; socket: FakeSocket } {
  const state = new LiveState();
  const connection = new Connection(state, token);
  return { state, connection, socket: FakeSocket.all[0] as FakeSocket };
}

const problem: WireError = {
  id: "go.micro.dev",
  code: 404,
  detail: "this project has no such service",
  status: "Not Found",
};

test("the token goes with the subprotocols and stands in no address; without one nothing is opened", () => {
  const { connection, socket } = start();
  assert.equal([socket.url, socket.protocols], ["ws://127.0.0.1:8083/live", ["micro.dev.1", "token.t"]]);
  assert.is(connection.status.value, "connecting");
  socket.opens();
  assert.is(connection.status.value, "open");
  assert.is(start("").connection.status.value, "no-token");
  assert.is(FakeSocket.all.length, 1);
});

test("an answer finds who asked, whatever the order", async () => {
  const { connection, socket } = start();
  socket.opens();
  const [one, other] = [connection.ask({ type: "detail", call: "a" }), connection.ask({ type: "reload" })];
  const [first, second] = socket.sent;
  assert.equal([first?.type, second?.type], ["detail", "reload"]);
  socket.brings({ type: "reply", id: second?.id as number, ok: true, value: "later" });
  socket.brings({ type: "reply", id: first?.id as number, ok: true, value: "earlier" });
  assert.equal([await one, await other], ["earlier", "later"]);
});

test("an error is one, with what the server says; so is a lost connection", async () => {
  const { connection, socket } = start();
  const early = await connection.ask({ type: "reload" }).catch((error: unknown) => error);
  assert.is((early as RequestError).wire.code, 0);
  socket.opens();
  const asked = connection.ask({ type: "reload", service: "x" }).catch((error: unknown) => error);
  socket.brings({ type: "reply", id: socket.sent[0]?.id as number, ok: false, error: problem });
  const error = await asked;
  assert.instance(error, RequestError);
  assert.equal([(error as RequestError).message, (error as RequestError).wire], [problem.detail, problem]);
  const cut = connection.ask({ type: "reload" }).catch((thrown: unknown) => thrown);
  socket.closes();
  assert.match(String(await cut), /connection to micro dev is lost/);
});

test("a connection that is lost is opened again, until it is there", () => {
  const { connection, socket } = start();
  socket.opens();
  socket.closes();
  assert.is(connection.status.value, "lost");
  timers.shift()?.();
  const again = FakeSocket.all[1] as FakeSocket;
  again.closes();
  assert.is(connection.status.value, "lost");
  timers.shift()?.();
  FakeSocket.all[2]?.opens();
  assert.equal([connection.status.value, timers.length], ["open", 0]);
});

test("a frame that is missing is asked for", () => {
  const { state, socket } = start();
  socket.opens();
  const frame = { at: Date.now(), more: false };
  socket.brings({ ...frame, type: "snapshot", seq: 1 });
  socket.brings({ ...frame, type: "delta", seq: 2 });
  assert.equal(socket.sent, []);
  socket.brings({ ...frame, type: "delta", seq: 4 });
  assert.is(socket.sent[0]?.type, "resync");
  socket.brings({ ...frame, type: "snapshot", seq: 5, removedServices: [] });
  assert.is(state.isFilled.value, true);
});

test("the items of a stream come in their order, and its end last", async () => {
  const { connection, socket } = start();
  const seen: unknown[] = [];
  const listener = { onItem: (text: string) => seen.push(text), onEnd: (error: unknown) => seen.push(error) };
  connection.open("a", "A.Watch", {}, listener);
  await eventually(1000, "the end of one that was never open", () => seen.length === 1);
  assert.is((seen.pop() as WireError).code, 0);

  socket.opens();
  const stream = connection.open("a", "A.Watch", { n: 1 }, listener);
  const id = socket.sent[0]?.id as number;
  stream.send({ n: 2 });
  stream.end();
  stream.close();
  assert.equal(
    socket.sent.map(({ type }) => type),
    ["open", "send", "end", "close"],
  );
  for (const text of ["1", "2"]) socket.brings({ type: "item", id, item: { text, isCut: false, isRedacted: false } });
  socket.brings({ type: "ended", id });
  socket.brings({ type: "item", id, item: { text: "3", isCut: false, isRedacted: false } });
  assert.equal(seen, ["1", "2", undefined]);
});

test("a history is all its frames", async () => {
  const { connection, socket } = start();
  socket.opens();
  const asked = connection.history(5);
  const { id, since } = socket.sent[0] as { id: number; since: number };
  assert.is(since, 5);
  for (const at of [10, 20]) socket.brings({ type: "history", id, more: false, at });
  socket.brings({ type: "reply", id, ok: true, value: { frames: 2 } });
  assert.equal(
    (await asked).map(({ at }) => at),
    [10, 20],
  );
});

test.run();

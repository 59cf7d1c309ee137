import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Cancellation, type Limits } from "@micro/limits";
import { type Body, bodyBytes, bodyText, type Message, MicroError } from "@micro/wire";
import type { Connection, Listener, ServerExchange, Transport } from "../contracts/transport.ts";
import {
  assertNotPolluted,
  createGate,
  defaultLimitMs,
  failsWith,
  failureOf,
  handled,
  type KitOptions,
  type Scope,
  withScope,
} from "./kit.ts";
import { leaks } from "./leaks.ts";
import { eventually } from "./within.ts";

/** What {@link testTransport} takes. */
export interface TransportKitOptions extends KitOptions {
  /** Makes a transport. Called once for each test. */
  readonly factory: () => Transport | Promise<Transport>;
  /** Where to listen, with port 0; default `127.0.0.1:0`. */
  readonly address?: string;
  /** What this transport does; everything when absent. */
  readonly supports?: {
    /** Streams of many messages. */
    readonly streams?: boolean;
    /** A client that ends its side of a stream still gets the messages of the other. */
    readonly halfClose?: boolean;
    /**
     * Tells the end of a stream from the death of its peer. HTTP as go-micro uses it does not: there the envelope
     * says what the last message is.
     */
    readonly endOfStream?: boolean;
    /** `host:8000-8010`. */
    readonly portRange?: boolean;
  };
}

/** Tests that a transport keeps the contract of {@link Transport}. */
export function testTransport(options: TransportKitOptions): void {
  const { test, factory, address = "127.0.0.1:0", supports = {}, limitMs = defaultLimitMs } = options;
  const { streams = true, halfClose = true, endOfStream = true, portRange = true } = supports;

  function withServer(name: string, accept: Accept, run: (peers: Peers) => Promise<void>): void {
    test(name, () =>
      withScope(limitMs, async (scope) => {
        const transport = await scope.step("the factory", async () => factory());
        const listener = await scope.step("listen()", transport.listen({ address }, accept));
        scope.defer(() => listener.destroy());
        await run(new Peers(scope, transport, listener));
      }),
    );
  }

  /** A test whose server says whom it got, and leaves it to the test to answer. */
  function withExchanges(name: string, run: (peers: Peers, exchanges: Exchanges) => Promise<void>): void {
    test(name, () =>
      withScope(limitMs, async (scope) => {
        const exchanges = new Exchanges(scope);
        const transport = await scope.step("the factory", async () => factory());
        const listener = await scope.step("listen()", transport.listen({ address }, exchanges.accept));
        scope.defer(() => listener.destroy());
        await run(new Peers(scope, transport, listener), exchanges);
      }),
    );
  }

  withServer("a request gets its reply", echo, async (peers) => {
    const connection = await peers.dial();

    const reply = await peers.call(connection, text("hello"));

    assert.equal(bodyText(reply.body), "hello");
  });

  withServer("one connection carries one call after the other", echo, async (peers) => {
    const connection = await peers.dial();
    assert.equal(connection.usable, true);
    assert.equal(connection.exchanges, 0);

    for (const number of [1, 2, 3]) {
      assert.equal(bodyText((await peers.call(connection, text(`call ${number}`))).body), `call ${number}`);
      assert.equal(connection.exchanges, number);
      assert.equal(connection.usable, true);
    }
  });

  for (const [what, body] of Object.entries(bodies())) {
    withServer(`${what} crosses in both directions unchanged`, echo, async (peers) => {
      const reply = await peers.call(await peers.dial(), { header: plainHeader, body });

      assert.ok(Buffer.from(bodyBytes(reply.body)).equals(bodyBytes(body)), "the body is the same, byte for byte");
    });
  }

  withServer("headers cross in both directions", echo, async (peers) => {
    const header = { ...plainHeader, "X-User-Id": "john", "X-Spaces": "a  b", "X-Long": "x".repeat(4096) };

    const reply = await peers.call(await peers.dial(), { header, body: "" });

    for (const [name, value] of Object.entries(header)) assert.equal(reply.header[name], value, name);
  });

  withServer("headers with the names of what every object inherits are plain data", echo, async (peers) => {
    const header = { ...JSON.parse('{"__proto__":"polluted"}'), Constructor: "c", "X-User-Id": "john" };

    const reply = await peers.call(await peers.dial(), { header, body: "" });

    assert.equal(Object.getPrototypeOf(reply.header), null, "headers have no prototype");
    assert.equal(reply.header.Constructor, "c");
    assert.equal(reply.header["X-User-Id"], "john");
    assertNotPolluted();
  });

  withServer("a line break in a header makes no second header", echo, async (peers) => {
    const header = { ...plainHeader, "X-Name": "john\r\nX-Injected: yes" };

    const reply = await peers.call(await peers.dial(), { header, body: "" }).catch((error: unknown) => error);

    assert.ok(MicroError.is(reply) || (reply as Message).header?.["X-Injected"] === undefined, String(reply));
  });

  withExchanges("a server sees who called, and the request as it was sent", async (peers, exchanges) => {
    const calling = peers.call(await peers.dial(), { header: { ...plainHeader, "X-User-Id": "john" }, body: "hello" });
    const exchange = await exchanges.next();

    assert.equal(exchange.request.header["X-User-Id"], "john");
    assert.equal(Object.getPrototypeOf(exchange.request.header), null, "headers have no prototype");
    assert.equal(bodyText(exchange.request.body), "hello");
    assert.ok(exchange.remoteAddress.length > 0);

    exchange.reply(text("done"));
    await calling;
  });

  withServer("many calls at once each get their own reply", echo, async (peers) => {
    const shared = peers.transport.multiplexed ? await peers.dial() : undefined;
    const names = Array.from({ length: 64 }, (_none, index) => `call ${index}`);

    const replies = await Promise.all(
      names.map(async (name) => bodyText((await peers.call(shared ?? (await peers.dial()), text(name))).body)),
    );

    assert.deepEqual(replies, names);
  });

  withExchanges("replies in another order than the requests find their callers", async (peers, exchanges) => {
    const shared = peers.transport.multiplexed ? await peers.dial() : undefined;
    const calls: Promise<Message>[] = [];
    const accepted: ServerExchange[] = [];
    for (const name of ["first", "second", "third"]) {
      calls.push(peers.call(shared ?? (await peers.dial()), text(name)));
      accepted.push(await exchanges.next());
    }

    for (const exchange of accepted.reverse()) exchange.reply(exchange.request);

    const replies = await Promise.all(calls);
    assert.deepEqual(
      replies.map(({ body }) => bodyText(body)),
      ["first", "second", "third"],
    );
  });

  withExchanges("the first reply counts, and later ones do nothing", async (peers, exchanges) => {
    const connection = await peers.dial();
    const calling = peers.call(connection, text("one"));
    const exchange = await exchanges.next();

    exchange.reply(text("reply"));
    exchange.reply(text("another"));
    exchange.refuse(new MicroError("kit", 500, "too late"));
    assert.equal(bodyText((await calling).body), "reply");

    const second = peers.call(await peers.reuse(connection), text("two"));
    (await exchanges.next()).reply(text("its own"));
    assert.equal(bodyText((await second).body), "its own");
  });

  withServer("a refused exchange fails with what it was refused with", refuse(busy), async (peers) => {
    const error = await failsWith({ code: 503, notProcessed: true }, async () =>
      peers.call(await peers.dial(), text("x")),
    );

    assert.equal(error.id, busy.id);
    assert.equal(error.detail, busy.detail);
  });

  withServer("a refusal that does not say so leaves open whether a handler ran", refuse(malformed), async (peers) => {
    await failsWith({ code: 400, notProcessed: false }, async () => peers.call(await peers.dial(), text("x")));
  });

  withExchanges("a refusal leaves the other calls alone", async (peers, exchanges) => {
    const shared = peers.transport.multiplexed ? await peers.dial() : undefined;
    const good = peers.call(shared ?? (await peers.dial()), text("good"));
    const first = await exchanges.next();
    const bad = peers.call(shared ?? (await peers.dial()), text("bad"));
    (await exchanges.next()).refuse(busy);
    await failsWith({ code: 503 }, () => bad);

    first.reply(text("done"));

    assert.equal(bodyText((await good).body), "done");
  });

  withExchanges("a call that has no reply at its deadline fails with 408", async (peers) => {
    const connection = await peers.dial();
    const calling = handled(connection.roundTrip(text("slow"), limits(30)));
    await failsWith({ code: 408 }, () => peers.step("the deadline", calling));

    if (!peers.transport.multiplexed) assert.equal(connection.usable, false, "a late reply would be the next one's");
  });

  withExchanges("a late reply is never the reply of the next call", async (peers, exchanges) => {
    const cancellation = new Cancellation();
    const connection = await peers.dial();
    const givenUp = handled(connection.roundTrip(text("slow"), { deadline: Number.POSITIVE_INFINITY, cancellation }));
    const late = await exchanges.next();
    cancellation.abort("not wanted any more");
    await failsWith({ code: 408 }, () => peers.step("the cancellation", givenUp));

    const calling = peers.call(await peers.reuse(connection), text("next"));
    const next = await exchanges.next();
    late.reply(text("late"));
    next.reply(text("its own"));

    assert.equal(bodyText((await calling).body), "its own");
  });

  withExchanges("a cancelled call fails with 408, and its handler is told", async (peers, exchanges) => {
    const cancellation = new Cancellation();
    const connection = await peers.dial();
    const calling = handled(connection.roundTrip(text("slow"), { deadline: Number.POSITIVE_INFINITY, cancellation }));
    const aborted = exchanges.abortOf(await exchanges.next());

    cancellation.abort(new Error("not wanted any more"));

    await failsWith({ code: 408 }, () => peers.step("the cancellation", calling));
    await peers.step("onAbort", aborted);
  });

  withServer(
    "a deadline that passed, or a cancellation before, leaves nothing to dial or to call",
    echo,
    async (peers) => {
      const cancellation = new Cancellation();
      cancellation.abort("before");
      for (const gone of [limits(-1), { deadline: Number.POSITIVE_INFINITY, cancellation }]) {
        await failsWith({ code: 408, notProcessed: true }, () => peers.step("dial()", peers.dialWith(gone)));
        const connection = await peers.dial();
        await failsWith({ code: 408 }, () => peers.step("roundTrip()", connection.roundTrip(text("x"), gone)));
      }
    },
  );

  withServer("where nobody listens, dialling fails and nothing was processed", echo, async (peers) => {
    peers.listener.destroy();
    await peers.step("close()", peers.listener.close());

    await failsWith({ code: 500, reason: "dial_failed", notProcessed: true }, () =>
      peers.step("dial()", peers.dialWith()),
    );
  });

  withExchanges("when the peer dies, the call fails and the connection is done with", async (peers, exchanges) => {
    const connection = await peers.dial();
    let closed = 0;
    connection.onClose = () => closed++;
    const calling = peers.call(connection, text("x"));
    await exchanges.next();

    peers.listener.destroy();

    await failsWith({ code: 500, reason: "connection_lost" }, () => calling);
    await peers.eventually("onClose is called", () => closed > 0);
    assert.equal(connection.usable, false);
    connection.close();
    await failsWith({}, () => peers.call(connection, text("y")));
    assert.equal(closed, 1, "onClose is called once");
  });

  withExchanges("a handler is told when its client goes away", async (peers, exchanges) => {
    const connection = await peers.dial();
    const calling = peers.call(connection, text("x"));
    const aborted = exchanges.abortOf(await exchanges.next());

    connection.close();

    await failsWith({}, () => calling);
    await peers.step("onAbort", aborted);
  });

  withExchanges("a handler is not told of a client that goes away after the reply", async (peers, exchanges) => {
    const connection = await peers.dial();
    const calling = peers.call(connection, text("x"));
    const first = await exchanges.next();
    let told = false;
    first.onAbort = { abort: () => (told = true) };
    first.reply(text("done"));
    await calling;
    connection.close();

    const next = peers.call(await peers.dial(), text("y"));
    (await exchanges.next()).reply(text("done"));
    await next;
    assert.equal(told, false);
  });

  withServer("closing a connection tells its owner once, however often it is closed", echo, async (peers) => {
    const connection = await peers.dial();
    let closed = 0;
    connection.onClose = () => closed++;

    connection.close();
    connection.close();

    await peers.eventually("onClose is called", () => closed > 0);
    assert.equal(connection.usable, false);
    await failsWith({}, () => peers.call(connection, text("x")));
    assert.equal(closed, 1);
  });

  withServer("an address that is in use is named in the error", echo, async ({ transport, listener, step }) => {
    const again = await failureOf(() => step("listen()", transport.listen({ address: listener.address }, echo)));

    assert.ok(MicroError.is(again), String(again));
    assert.ok(again.detail.includes(listener.address), again.detail);
  });

  withServer("an address that is none is named in the error", echo, async ({ transport, step }) => {
    for (const wrong of ["nonsense", "127.0.0.1:99999"]) {
      const error = await failsWith({}, () => step("listen()", transport.listen({ address: wrong }, echo)));
      assert.ok(error.detail.includes(wrong), error.detail);
    }
  });

  if (portRange) {
    withServer("of a range of ports the first free one is taken", echo, async (peers) => {
      const { host, port } = partsOf(peers.listener.address);
      const range = `${host}:${port}-${Math.min(port + 20, 65_535)}`;

      const second = await peers.step("listen()", peers.transport.listen({ address: range }, echo));
      peers.defer(() => second.destroy());

      const taken = partsOf(second.address).port;
      assert.ok(taken > port && taken <= port + 20, `${second.address} is in ${range}`);
    });
  }

  withExchanges("a paused listener takes no new connection and keeps those it has", async (peers, exchanges) => {
    const connection = await peers.dial();
    // A call first: a connection that the peer did not accept yet is a new one.
    const before = peers.call(connection, text("before"));
    (await exchanges.next()).reply(text("done"));
    await before;

    await peers.step("pause()", peers.listener.pause());
    await peers.step("pause()", peers.listener.pause());

    await failsWith({ reason: "dial_failed" }, () => peers.step("dial()", peers.dialWith()));
    const after = peers.call(connection, text("after"));
    (await exchanges.next()).reply(text("still here"));
    assert.equal(bodyText((await after).body), "still here");
  });

  withExchanges("closing a listener waits for the calls under way", async (peers, exchanges) => {
    const calling = peers.call(await peers.dial(), text("x"));
    const exchange = await exchanges.next();
    let closed = false;
    const closing = handled(
      peers.listener.close().then(() => {
        closed = true;
      }),
    );
    await failsWith({ reason: "dial_failed" }, () => peers.step("dial()", peers.dialWith()));
    assert.equal(closed, false);

    exchange.reply(text("done"));

    assert.equal(bodyText((await calling).body), "done");
    await peers.step("close()", closing);
    await peers.step("close()", peers.listener.close());
  });

  withServer("closing a listener closes its idle connections", echo, async (peers) => {
    const connection = await peers.dial();
    await peers.call(connection, text("x"));
    const closed = createGate();
    connection.onClose = () => closed.open();

    await peers.step("close()", peers.listener.close());

    await peers.step("onClose", closed.promise);
    assert.equal(connection.usable, false);
  });

  withExchanges("destroying a listener ends the wait of its close", async (peers, exchanges) => {
    const calling = peers.call(await peers.dial(), text("x"));
    await exchanges.next();
    const closing = handled(peers.listener.close());

    peers.listener.destroy();
    peers.listener.destroy();

    await failsWith({ reason: "connection_lost" }, () => calling);
    await peers.step("close()", closing);
  });

  if (streams) {
    withExchanges("a stream carries messages both ways, in order", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();
      assert.equal(bodyText(exchange.request.body), "first");

      for (let number = 0; number < 5; number++) {
        await peers.step("send()", stream.send(text(`up ${number}`)));
        assert.equal(await peers.bodyOf(exchange.receive()), `up ${number}`);
        await peers.step("send()", exchange.send(text(`down ${number}`)));
        assert.equal(await peers.bodyOf(stream.receive()), `down ${number}`);
      }
      exchange.reply(text("last"));

      assert.equal(await peers.bodyOf(stream.receive()), "last");
      stream.close();
      stream.close();
    });

    withServer("after the last message of the server nothing follows", countTo(100), async (peers) => {
      const stream = peers.open(await peers.dial(), text("count"));

      for (let number = 1; number <= 100; number++) assert.equal(await peers.bodyOf(stream.receive()), String(number));

      assert.equal(await peers.bodyOf(stream.receive()), undefined);
    });

    withExchanges("messages that nobody waits for yet are kept in order", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();

      await Promise.all(["a", "b", "c"].map((name) => peers.step("send()", stream.send(text(name)))));
      await Promise.all(["d", "e", "f"].map((name) => peers.step("send()", exchange.send(text(name)))));

      for (const name of ["a", "b", "c"]) assert.equal(await peers.bodyOf(exchange.receive()), name);
      for (const name of ["d", "e", "f"]) assert.equal(await peers.bodyOf(stream.receive()), name);
    });

    withExchanges("a large message crosses a stream", async (peers, exchanges) => {
      const large = randomBytes(1 << 20);
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();

      const sending = peers.step("send()", stream.send({ header: plainHeader, body: large }));
      const up = await peers.step("receive()", exchange.receive());
      await sending;
      exchange.reply(up ?? text(""));
      const down = await peers.step("receive()", stream.receive());

      assert.ok(Buffer.from(bodyBytes(down?.body ?? "")).equals(large), "the body is the same, byte for byte");
    });

    withExchanges("a stream ends at its deadline, and its handler is told", async (peers, exchanges) => {
      const stream = (await peers.dial()).open(text("first"), limits(30));
      peers.defer(() => stream.close());
      const receiving = handled(failsWith({ code: 408 }, () => peers.step("the deadline", stream.receive())));
      const exchange = await exchanges.nextOrNone(receiving);

      await receiving;
      if (exchange !== undefined) await peers.step("onAbort", exchanges.abortOf(exchange));
    });

    withExchanges("a cancelled stream fails with 408, and its handler is told", async (peers, exchanges) => {
      const cancellation = new Cancellation();
      const connection = await peers.dial();
      const stream = connection.open(text("first"), { deadline: Number.POSITIVE_INFINITY, cancellation });
      peers.defer(() => stream.close());
      const receiving = handled(failsWith({ code: 408 }, () => peers.step("the cancellation", stream.receive())));
      const aborted = exchanges.abortOf(await exchanges.next());

      cancellation.abort("not wanted any more");

      await receiving;
      await peers.step("onAbort", aborted);
    });

    withExchanges("when the peer dies, a stream has what came before, and sending fails", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();
      await peers.step("send()", exchange.send(text("one")));
      assert.equal(await peers.bodyOf(stream.receive()), "one");

      peers.listener.destroy();

      const sending = async (): Promise<void> => {
        for (;;) await peers.step("send()", stream.send(text("x")));
      };
      await failsWith({ reason: "connection_lost" }, () => peers.step("send() fails", sending));
    });

    withExchanges("a handler is told when the client closes its stream", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();
      const aborted = exchanges.abortOf(exchange);
      const receiving = handled(peers.step("receive()", exchange.receive()).catch(microErrorOnly));

      stream.close();

      await peers.step("onAbort", aborted);
      assert.equal(await receiving, undefined, "no message comes any more");
      await peers.step("send() to a client that is gone", exchange.send(text("x")));
    });

    withExchanges("a client that waits is freed when its stream is closed", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      await exchanges.next();
      const receiving = handled(peers.step("receive()", stream.receive()).catch(microErrorOnly));

      stream.close();

      assert.equal(await receiving, undefined);
    });

    withExchanges("a server that does not read holds the client back", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();

      const flood = new Flood((message) => stream.send(message));
      await flood.stands(peers);
      assert.ok(flood.sent < Flood.messages, "it does not buffer without bound");

      for (let read = 0; read < Flood.messages; read++) await peers.step("receive()", exchange.receive());
      await peers.step("the flood", flood.ended);
    });

    withExchanges("a client that does not read holds the server back", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();

      const flood = new Flood((message) => exchange.send(message));
      await flood.stands(peers);
      assert.ok(flood.sent < Flood.messages, "it does not buffer without bound");

      for (let read = 0; read < Flood.messages; read++) await peers.step("receive()", stream.receive());
      await peers.step("the flood", flood.ended);
    });
  }

  if (streams && endOfStream) {
    withExchanges("when the peer dies, a stream fails and never just ends", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      await exchanges.next();

      peers.listener.destroy();

      await failsWith({ reason: "connection_lost" }, () => peers.step("receive()", stream.receive()));
    });
  }

  if (streams && halfClose) {
    withExchanges("a client that ends its side still gets what the server sends", async (peers, exchanges) => {
      const stream = peers.open(await peers.dial(), text("first"));
      const exchange = await exchanges.next();
      await peers.step("send()", stream.send(text("second")));

      stream.end();
      stream.end();

      assert.equal(await peers.bodyOf(exchange.receive()), "second");
      assert.equal(await peers.bodyOf(exchange.receive()), undefined);
      await peers.step("send()", exchange.send(text("answer")));
      exchange.reply(text("last"));
      assert.equal(await peers.bodyOf(stream.receive()), "answer");
      assert.equal(await peers.bodyOf(stream.receive()), "last");
      assert.equal(await peers.bodyOf(stream.receive()), undefined);
    });
  }

  test("closed connections and listeners leave nothing that keeps the process alive", async () => {
    const leaked = leaks(limitMs);
    await withScope(limitMs, async (scope) => {
      const transport = await scope.step("the factory", async () => factory());
      const listener = await scope.step("listen()", transport.listen({ address }, echo));
      const peers = new Peers(scope, transport, listener);
      const connection = await peers.dial();
      await peers.call(connection, text("x"));
      connection.close();
      await scope.step("close()", listener.close());
    });
    assert.deepEqual(await leaked(), []);
  });
}

type Accept = (exchange: ServerExchange) => void;

/** A transport, a server, and steps of a client that are bounded in time. */
class Peers {
  readonly transport: Transport;
  readonly listener: Listener;
  readonly step: Scope["step"];
  readonly defer: Scope["defer"];
  readonly #limitMs: number;

  constructor(scope: Scope, transport: Transport, listener: Listener) {
    this.step = scope.step;
    this.defer = scope.defer;
    this.#limitMs = scope.limitMs;
    this.transport = transport;
    this.listener = listener;
  }

  eventually(what: string, isTrue: () => boolean): Promise<void> {
    return eventually(this.#limitMs, what, isTrue);
  }

  dialWith(how: Limits = noLimits): Promise<Connection> {
    return this.transport.dial(this.listener.address, how).then((connection) => {
      this.defer(() => connection.close());
      return connection;
    });
  }

  dial(): Promise<Connection> {
    return this.step("dial()", this.dialWith());
  }

  /** The same connection where it may still be used, else a new one. */
  async reuse(connection: Connection): Promise<Connection> {
    return connection.usable ? connection : this.dial();
  }

  call(connection: Connection, message: Message): Promise<Message> {
    return this.step("the reply", connection.roundTrip(message, noLimits));
  }

  open(connection: Connection, message: Message): ReturnType<Connection["open"]> {
    const stream = connection.open(message, noLimits);
    this.defer(() => stream.close());
    return stream;
  }

  async bodyOf(receiving: Promise<Message | undefined>): Promise<string | undefined> {
    const message = await this.step("receive()", receiving);
    return message === undefined ? undefined : bodyText(message.body);
  }
}

/** The exchanges that a server got, for a test that answers them itself. */
class Exchanges {
  readonly #scope: Scope;
  readonly #accepted: ServerExchange[] = [];
  readonly #aborts = new Map<ServerExchange, Promise<unknown>>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  readonly accept: Accept = (exchange) => {
    const gate = createGate<unknown>();
    exchange.onAbort = { abort: gate.open };
    this.#aborts.set(exchange, gate.promise);
    this.#accepted.push(exchange);
  };

  /** The next one that the server got. */
  async next(): Promise<ServerExchange> {
    await eventually(this.#scope.limitMs, "the server gets the exchange", () => this.#accepted.length > 0);
    return this.#accepted.shift() as ServerExchange;
  }

  /** The next one, unless something else ends first. */
  async nextOrNone(end: Promise<unknown>): Promise<ServerExchange | undefined> {
    let ended = false;
    void end.catch(() => {}).then(() => (ended = true));
    await eventually(this.#scope.limitMs, "an exchange or its end", () => ended || this.#accepted.length > 0);
    return this.#accepted.shift();
  }

  /** When its handler is told that the client went away. */
  abortOf(exchange: ServerExchange): Promise<unknown> {
    return this.#aborts.get(exchange) as Promise<unknown>;
  }
}

/** Sends far more than any transport may buffer. */
class Flood {
  static readonly messages = 1024;
  sent = 0;
  readonly ended: Promise<void>;

  constructor(send: (message: Message) => Promise<void>) {
    this.ended = handled(this.#run(send));
  }

  async #run(send: (message: Message) => Promise<void>): Promise<void> {
    const message = { header: plainHeader, body: Buffer.alloc(64 * 1024, "x") };
    for (; this.sent < Flood.messages; this.sent++) await send(message);
  }

  /** Resolves when it got no further for a while, or to its end. A slow machine makes it resolve early, and not fail. */
  async stands(peers: Peers): Promise<void> {
    let before = -1;
    await peers.step("the flood stands or ends", async () => {
      while (this.sent !== before) {
        before = this.sent;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    });
  }
}

const plainHeader = { "Content-Type": "text/plain" };

const noLimits: Limits = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };

const busy = new MicroError("kit", 503, "busy, ask another node", { notProcessed: true });

const malformed = new MicroError("kit", 400, "malformed message");

function limits(ms: number): Limits {
  return { deadline: performance.now() + ms, cancellation: undefined };
}

/** What a wait may end with besides nothing. */
function microErrorOnly(error: unknown): undefined {
  assert.ok(MicroError.is(error), String(error));
}

function text(body: string): Message {
  return { header: plainHeader, body };
}

function bodies(): Record<string, Body> {
  return {
    "an empty text": "",
    "an empty array of bytes": new Uint8Array(0),
    "text that is not ASCII": "grüße 世界 🎉 \u0000 \u2028",
    "a large text": "0123456789abcdef".repeat(1 << 16),
    "a large text that is not ASCII": "é€𝄞".repeat(1 << 17),
    "every byte": Uint8Array.from({ length: 256 }, (_none, byte) => byte),
    "a large array of bytes": randomBytes(1 << 20),
  };
}

function echo(exchange: ServerExchange): void {
  exchange.reply({ header: ownHeaders(exchange.request), body: exchange.request.body });
}

/** What a test sent, without what the transport added for itself. */
function ownHeaders({ header }: Message): Record<string, string> {
  return Object.fromEntries(
    Object.entries(header).filter(([name]) => /^(X-|Content-Type$|Constructor$|__proto__$)/.test(name)),
  );
}

function refuse(error: MicroError): Accept {
  return (exchange) => exchange.refuse(error);
}

function countTo(last: number): Accept {
  const count = async (exchange: ServerExchange): Promise<void> => {
    for (let number = 1; number < last; number++) await exchange.send(text(String(number)));
    exchange.reply(text(String(last)));
  };
  return (exchange) => void count(exchange);
}

function partsOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

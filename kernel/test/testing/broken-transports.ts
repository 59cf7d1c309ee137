import { bodyBytes, type Message, MicroError } from "@micro/wire";
import type { ClientExchange, Connection, Listener, ServerExchange, Transport } from "../../src/contracts/transport.ts";
import { MemoryTransport } from "../../src/memory/index.ts";
import type { Breakage } from "../support/collect.ts";
import { override } from "../support/override.ts";

let timer: NodeJS.Timeout | undefined;

const never = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };

/** Transports that break the contract, each in one way. */
export const brokenTransports: readonly Breakage<() => Transport>[] = [
  {
    does: "loses the reply's body",
    make: replying((reply) => ({ ...reply, body: "" })),
    seenBy: ["a request gets its reply"],
  },
  {
    does: "answers with the reply before",
    make: connecting((connection) => {
      let before: Message | undefined;
      return override(connection, {
        async roundTrip(message, limits) {
          const reply = await connection.roundTrip(message, limits);
          const answer = before ?? reply;
          before = reply;
          return answer;
        },
      });
    }),
    seenBy: ["one connection carries one call after the other", "many calls at once each get their own reply"],
  },
  {
    does: "takes bodies for Latin-1 text",
    make: replying((reply) => ({ ...reply, body: Buffer.from(bodyBytes(reply.body)).toString("latin1") })),
    seenBy: [
      "text that is not ASCII crosses in both directions unchanged",
      "a large text that is not ASCII crosses in both directions unchanged",
      "every byte crosses in both directions unchanged",
    ],
  },
  {
    does: "cuts large bodies",
    make: () =>
      transportWith({
        connection: (connection) =>
          override(connection, {
            roundTrip: async (message, limits) => cut(await connection.roundTrip(message, limits)),
            open: (message, limits) => {
              const stream = connection.open(message, limits);
              return override(stream, { send: (sent) => stream.send(cut(sent)) });
            },
          }),
      }),
    seenBy: [
      "a large text crosses in both directions unchanged",
      "a large array of bytes crosses in both directions unchanged",
      "a large message crosses a stream",
    ],
  },
  {
    does: "sends something for nothing",
    make: replying((reply) => ({ ...reply, body: reply.body.length === 0 ? "{}" : reply.body })),
    seenBy: [
      "an empty text crosses in both directions unchanged",
      "an empty array of bytes crosses in both directions unchanged",
    ],
  },
  {
    does: "loses headers",
    make: () =>
      transportWith({
        exchange: (exchange) =>
          override(exchange, { request: { header: Object.create(null), body: exchange.request.body } }),
      }),
    seenBy: ["headers cross in both directions", "a server sees who called, and the request as it was sent"],
  },
  {
    does: "hands out headers with a prototype",
    make: replying((reply) => ({ ...reply, header: Object.assign({}, reply.header) })),
    seenBy: ["headers with the names of what every object inherits are plain data"],
  },
  {
    does: "writes line breaks into its headers",
    make: replying((reply) => ({ ...reply, header: parseHeader(writeHeader(reply.header)) })),
    seenBy: ["a line break in a header makes no second header"],
  },
  {
    does: "gives each reply to whoever waits longest",
    make: connecting((connection) => {
      const waiting = new Set<(reply: Message) => void>();
      return override(connection, {
        roundTrip: (message, limits) =>
          new Promise((resolve, reject) => {
            waiting.add(resolve);
            limits.cancellation?.add({
              abort() {
                waiting.delete(resolve);
                reject(new MicroError("broken", 408, "context canceled"));
              },
            });
            connection.roundTrip(message, never).then((reply) => {
              const [first] = waiting;
              if (first !== undefined) waiting.delete(first);
              first?.(reply);
            }, reject);
          }),
      });
    }),
    seenBy: [
      "replies in another order than the requests find their callers",
      "a late reply is never the reply of the next call",
    ],
  },
  {
    does: "fails when a server replies twice",
    make: () =>
      transportWith({
        exchange: (exchange) => {
          let replied = false;
          return override(exchange, {
            reply(message) {
              if (replied) throw new Error("replied already");
              replied = true;
              exchange.reply(message);
            },
          });
        },
      }),
    seenBy: ["the first reply counts, and later ones do nothing"],
  },
  {
    does: "forgets why an exchange was refused",
    make: refusing(() => new MicroError("broken", 500, "refused")),
    seenBy: ["a refused exchange fails with what it was refused with"],
  },
  {
    does: "says of every refusal that nothing ran",
    make: refusing(({ id, code, detail }) => new MicroError(id, code, detail, { notProcessed: true })),
    seenBy: ["a refusal that does not say so leaves open whether a handler ran"],
  },
  {
    does: "closes a connection with calls under way when it refuses one",
    make: () => {
      const connections: Connection[] = [];
      return transportWith({
        connection: (connection) => {
          connections.push(connection);
          return connection;
        },
        exchange: (exchange) =>
          override(exchange, {
            refuse(error) {
              exchange.refuse(error);
              for (const connection of connections) connection.close();
            },
          }),
      });
    },
    seenBy: ["a refusal leaves the other calls alone"],
  },
  {
    does: "knows no limits",
    make: () => {
      const inner = new MemoryTransport();
      return override<Transport>(inner, {
        dial: async (address) => {
          const connection = await inner.dial(address, never);
          return override(connection, {
            roundTrip: (message) => connection.roundTrip(message, never),
            open: (message) => connection.open(message, never),
          });
        },
      });
    },
    seenBy: [
      "a call that has no reply at its deadline fails with 408",
      "a cancelled call fails with 408, and its handler is told",
      "a deadline that passed, or a cancellation before, leaves nothing to dial or to call",
      "a stream ends at its deadline, and its handler is told",
      "a cancelled stream fails with 408, and its handler is told",
    ],
  },
  {
    does: "cancels a call without telling its handler",
    make: connecting((connection) =>
      override(connection, {
        roundTrip: (message, limits) =>
          new Promise((resolve, reject) => {
            limits.cancellation?.add({ abort: () => reject(new MicroError("broken", 408, "context canceled")) });
            connection.roundTrip(message, never).then(resolve, reject);
          }),
      }),
    ),
    seenBy: ["a cancelled call fails with 408, and its handler is told"],
  },
  {
    does: "does not say what it could not dial",
    make: () => {
      const inner = new MemoryTransport();
      return override<Transport>(inner, {
        dial: (address, limits) => inner.dial(address, limits).catch(() => Promise.reject(new Error("ECONNREFUSED"))),
      });
    },
    seenBy: ["where nobody listens, dialling fails and nothing was processed"],
  },
  {
    does: "does not see its peer die",
    make: listening((listener) => override(listener, { destroy() {} })),
    seenBy: [
      "when the peer dies, the call fails and the connection is done with",
      "when the peer dies, a stream has what came before, and sending fails",
      "when the peer dies, a stream fails and never just ends",
      "destroying a listener ends the wait of its close",
    ],
  },
  {
    does: "takes the death of its peer for the end of a stream",
    make: streaming((stream) => override(stream, { receive: () => stream.receive().catch(() => undefined) })),
    seenBy: ["when the peer dies, a stream fails and never just ends"],
  },
  {
    does: "keeps its connections open",
    make: connecting((connection) => override(connection, { close() {} })),
    seenBy: [
      "closing a connection tells its owner once, however often it is closed",
      "a handler is told when its client goes away",
    ],
  },
  {
    does: "tells its owner at every close",
    make: connecting((connection) =>
      override(connection, {
        close() {
          connection.onClose?.();
          connection.close();
        },
      }),
    ),
    seenBy: ["closing a connection tells its owner once, however often it is closed"],
  },
  {
    does: "aborts every exchange at its end",
    make: () =>
      transportWith({
        exchange: (exchange) =>
          override(exchange, {
            reply(message) {
              exchange.reply(message);
              exchange.onAbort?.abort("over");
            },
          }),
      }),
    seenBy: ["a handler is not told of a client that goes away after the reply"],
  },
  {
    does: "does not name the address that it could not take",
    make: () => {
      const inner = new MemoryTransport();
      return override<Transport>(inner, {
        listen: (options, accept) =>
          inner.listen(options, accept).catch(() => Promise.reject(new MicroError("broken", 500, "it did not work"))),
      });
    },
    seenBy: ["an address that is in use is named in the error", "an address that is none is named in the error"],
  },
  {
    does: "takes any port of a range, free or not",
    make: () => {
      const inner = new MemoryTransport();
      return override<Transport>(inner, {
        listen: ({ address }, accept) => inner.listen({ address: address.replace(/-\d+$/, "") }, accept),
      });
    },
    seenBy: ["of a range of ports the first free one is taken"],
  },
  {
    does: "closes its connections when it pauses",
    make: listening((listener) => override(listener, { pause: async () => listener.destroy() })),
    seenBy: ["a paused listener takes no new connection and keeps those it has"],
  },
  {
    does: "does not pause",
    make: listening((listener) => override(listener, { pause: async () => {} })),
    seenBy: ["a paused listener takes no new connection and keeps those it has"],
  },
  {
    does: "does not wait for calls when it closes",
    make: listening((listener) => override(listener, { close: async () => listener.destroy() })),
    seenBy: ["closing a listener waits for the calls under way"],
  },
  {
    does: "keeps idle connections when it closes",
    make: listening((listener) => override(listener, { close: () => listener.pause() })),
    seenBy: ["closing a listener closes its idle connections"],
  },
  {
    does: "loses the last message of a stream",
    make: streaming((stream) => {
      let held: Promise<Message | undefined> | undefined;
      return override(stream, {
        async receive() {
          const current = await (held ?? stream.receive());
          held = stream.receive();
          return (await held) === undefined ? undefined : current;
        },
      });
    }),
    seenBy: ["after the last message of the server nothing follows", "a stream carries messages both ways, in order"],
  },
  {
    does: "does not end a stream",
    make: streaming((stream) => override(stream, { receive: async () => (await stream.receive()) ?? hang() })),
    seenBy: ["after the last message of the server nothing follows"],
  },
  {
    does: "keeps only the latest message",
    make: () =>
      transportWith({
        exchange: (exchange) => {
          const inbox: Message[] = [];
          return override(exchange, {
            async receive() {
              for (let count = 0; count < 3; count++) inbox.push((await exchange.receive()) as Message);
              return inbox.pop();
            },
          });
        },
      }),
    seenBy: ["messages that nobody waits for yet are kept in order"],
  },
  {
    does: "closes a stream in silence",
    make: streaming((stream) => override(stream, { close() {} })),
    seenBy: [
      "a handler is told when the client closes its stream",
      "a client that waits is freed when its stream is closed",
    ],
  },
  {
    does: "buffers without bound",
    make: () =>
      transportWith({
        exchange: (exchange) => override(exchange, { send: async (message) => void exchange.send(message) }),
        stream: (stream) => override(stream, { send: async (message) => void stream.send(message).catch(() => {}) }),
      }),
    seenBy: ["a server that does not read holds the client back", "a client that does not read holds the server back"],
  },
  {
    does: "ends both sides when one ends its own",
    make: streaming((stream) => override(stream, { end: () => stream.close() })),
    seenBy: ["a client that ends its side still gets what the server sends"],
  },
  {
    does: "leaves a timer running",
    make: listening((listener) => {
      timer = setInterval(() => {}, 60_000);
      return listener;
    }),
    seenBy: ["closed connections and listeners leave nothing that keeps the process alive"],
    undo: () => clearInterval(timer),
  },
];

interface Parts {
  readonly connection?: (connection: Connection) => Connection;
  readonly stream?: (stream: ClientExchange) => ClientExchange;
  readonly exchange?: (exchange: ServerExchange) => ServerExchange;
  readonly listener?: (listener: Listener) => Listener;
}

function transportWith({ connection = same, stream = same, exchange = same, listener = same }: Parts): Transport {
  const inner = new MemoryTransport();
  return override<Transport>(inner, {
    async dial(address, limits) {
      const dialled = await inner.dial(address, limits);
      return connection(override(dialled, { open: (message, bounds) => stream(dialled.open(message, bounds)) }));
    },
    listen: async (options, accept) => listener(await inner.listen(options, (accepted) => accept(exchange(accepted)))),
  });
}

function connecting(connection: (connection: Connection) => Connection): () => Transport {
  return () => transportWith({ connection });
}

function streaming(stream: (stream: ClientExchange) => ClientExchange): () => Transport {
  return () => transportWith({ stream });
}

function listening(listener: (listener: Listener) => Listener): () => Transport {
  return () => transportWith({ listener });
}

function replying(change: (reply: Message) => Message): () => Transport {
  return connecting((connection) =>
    override(connection, {
      roundTrip: async (message, limits) => change(await connection.roundTrip(message, limits)),
    }),
  );
}

function refusing(change: (error: MicroError) => MicroError): () => Transport {
  return () =>
    transportWith({
      exchange: (exchange) => override(exchange, { refuse: (error) => exchange.refuse(change(error)) }),
    });
}

function same<T>(value: T): T {
  return value;
}

function cut(message: Message): Message {
  return { ...message, body: message.body.slice(0, 65_536) };
}

function hang(): Promise<never> {
  return new Promise(() => {});
}

function writeHeader(header: Message["header"]): string {
  return Object.entries(header)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\r\n");
}

function parseHeader(text: string): Message["header"] {
  return Object.fromEntries(text.split("\r\n").map((line) => line.split(": ") as [string, string]));
}

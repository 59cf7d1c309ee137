import assert from "node:assert/strict";
import { within } from "@micro/kernel/testing";
import { type Caller, type Encoding, type Side, type StreamOutcome, sentMetadata } from "./caller.ts";
import { randomName } from "./random-name.ts";

/** A client, and the service that it calls. */
export interface Pair {
  readonly caller: Caller;
  readonly server: Side;
  /** The service's name. */
  readonly name: string;
}

/** A behaviour, and what shows it. */
export type Row = readonly [behaviour: string, check: (pair: Pair) => Promise<void>];

/** What holds for a pair; for one whose programs do not understand each other, that they do not. */
export function rowsFor(client: Side, encoding: Encoding, server: Side): readonly Row[] {
  if (client === "go-micro 0.1" && encoding === "json" && server === "go-micro 1.18") return oldJsonOnLaterRows;
  if (encoding === "proto") return [...rows, ...protoRows];
  return server === "ours with schemas" ? [...rows, ...schemaRows] : rows;
}

const rows: readonly Row[] = [
  [
    "a call is answered",
    async ({ caller, name }) => {
      const { answer, error } = await caller.call(name, "Say.Hello", { name: "John" });

      assert.equal(error, undefined);
      assert.equal(answer?.msg, "Hello John");
    },
  ],
  [
    "an error arrives with its id, code, detail and status",
    async ({ caller, name }) => {
      const { error } = await caller.call(name, "Say.Fail", { name: "Jane" });

      const detail = "no such name: Jane";
      assert.deepEqual(error?.toJSON(), { id: "go.micro.srv.greeter", code: 404, detail, status: "Not Found" });
    },
  ],
  [
    "an unknown method is an error that says so",
    async ({ caller, server, name }) => {
      const { error } = await caller.call(name, "Say.Nothing", {});

      assert.match(error?.detail ?? "", /^rpc: can't find method/);
      // go-micro's server answers with a bare text, which its client leaves at code 0; ours takes it for a 404.
      assert.equal(error?.code, isGo(caller.side) && isGo(server) ? 0 : 404);
    },
  ],
  [
    "an unknown handler is an error that says so",
    async ({ caller, server, name }) => {
      const { error } = await caller.call(name, "Nobody.Hello", {});

      assert.match(error?.detail ?? "", isGo(server) ? /^rpc: can't find service/ : /^rpc: can't find/);
    },
  ],
  [
    "a method without a handler's name is an error that says so",
    async ({ caller, name }) => {
      const { error } = await caller.call(name, "Hello", {});

      assert.match(error?.detail ?? "", /^rpc: service\/(method|endpoint) request ill-formed/);
    },
  ],
  [
    "a service that nobody serves is the client's own error",
    async ({ caller }) => {
      const { error } = await caller.call(randomName("nobody"), "Say.Hello", {});

      // go-micro's client has no word for "not found" here, its selector says 500.
      assert.equal(error?.code, isGo(caller.side) ? 500 : 404);
      assert.equal(error?.id, "go.micro.client");
    },
  ],
  [
    "a stream brings its items in order and ends",
    async ({ caller, name }) => {
      assertItems(await caller.stream(name, "Say.Stream", 5), integers(5));
    },
  ],
  [
    "a stream of nothing ends",
    async ({ caller, name }) => {
      assertItems(await caller.stream(name, "Say.Stream", 0), []);
    },
  ],
  [
    "a long stream is complete",
    async ({ caller, name }) => {
      assertItems(await caller.stream(name, "Say.Stream", 2000), integers(2000));
    },
  ],
  [
    // Our client has closed its side when it reads the first item; go-micro's reads each before it sends the next.
    "what goes out on a bidirectional stream comes back",
    async ({ caller, name }) => {
      assertItems(await caller.echo(name, "Say.Echo", [3n, 1n, 0n, 2n]), [3n, 1n, 0n, 2n]);
    },
  ],
  [
    "a bidirectional stream without an item ends",
    async ({ caller, name }) => {
      assertItems(await caller.echo(name, "Say.Echo", []), []);
    },
  ],
  [
    "metadata reaches the handler, and what it answers comes back",
    async ({ caller, name }) => {
      const { answer } = await caller.call(name, "Say.Hello", {});

      const { "X-User-Id": user, "X-From-Id": from, ...others } = metadataOf(answer);
      assert.deepEqual({ "X-User-Id": user, "X-From-Id": from }, sentMetadata);
      // go-micro's service says who calls with every call; our client says it for calls out of a handler.
      if (caller.side === "go-micro 0.1") assert.equal(others["X-Micro-From-Service"], "peer.client");
      if (caller.side === "go-micro 1.18") assert.equal(others["Micro-From-Service"], "peer.client");
    },
  ],
  [
    "zero values may be left out",
    async ({ caller, name }) => {
      const { answer } = await caller.call(name, "Say.Hello", {});

      assert.equal(answer?.msg, "Hello ");
    },
  ],
  [
    "zero values may be spelled out",
    async ({ caller, name }) => {
      const { answer } = await caller.call(name, "Say.Hello", { name: "", delay_ms: 0 });

      assert.equal(answer?.msg, "Hello ");
    },
  ],
  ...[
    "Zoë, 日本語, 😀, עברית",
    "<b>&amp;</b> a > b && c",
    'quotes " and \\ backslashes / slashes',
    "tab\tline\nreturn\r bell\u0007 nul\u0000",
    "line separators \u2028 and \u2029",
  ].map(
    (text): Row => [
      `text is the same on the other side: ${JSON.stringify(text)}`,
      async ({ caller, name }) => {
        const { answer } = await caller.call(name, "Say.Hello", { name: text });

        assert.equal(answer?.msg, `Hello ${text}`);
      },
    ],
  ),
  [
    "a body of a MiB goes there and back",
    async ({ caller, name }) => {
      const long = "é".repeat(2 ** 19);

      const { answer, error } = await caller.call(name, "Say.Hello", { name: long });

      assert.equal(error, undefined);
      assert.ok(answer?.msg === `Hello ${long}`, "the text is not the same");
    },
  ],
  [
    "integers up to 2^53 keep their digits",
    async ({ caller, name }) => {
      const items = [2n ** 53n - 1n, -(2n ** 53n) + 1n, 2n ** 31n, -1n];

      assertItems(await caller.echo(name, "Say.Echo", items), items);
    },
  ],
  [
    "a call that takes too long is a 408 of the client, at its deadline",
    async ({ caller, name }) => {
      const { error } = await within(
        8000,
        "the 408",
        caller.call(name, "Say.Hello", { delay_ms: 9000 }, { timeout: "300ms" }),
      );

      assert.equal(error?.code, 408);
      assert.equal(error?.id, "go.micro.client");
      assert.equal(error?.status, "Request Timeout");
    },
  ],
  [
    "a call with time enough is waited for",
    async ({ caller, name }) => {
      const { answer } = await caller.call(name, "Say.Hello", { name: "John", delay_ms: 300 }, { timeout: "10s" });

      assert.equal(answer?.msg, "Hello John");
    },
  ],
];

const protoRows: readonly Row[] = [
  [
    "integers of 64 bits keep their digits",
    async ({ caller, name }) => {
      const items = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];

      assertItems(await caller.echo(name, "Say.Echo", items), items);
    },
  ],
];

const schemaRows: readonly Row[] = [
  [
    "an integer that a number of JSON does not hold exactly is an error that names its field",
    async ({ caller, name }) => {
      const { items, error } = await caller.echo(name, "Say.Echo", [1n, 2n ** 63n - 1n]);

      assert.deepEqual(items, [1n]);
      assert.equal(error?.code, 400);
      assert.match(error?.detail ?? "", /^n /);
    },
  ],
];

// go-micro 1.18 answers the 0 that a client of 2016 counts from with the text "0", and that client takes no text there.
const textForId = /cannot unmarshal string into Go struct field clientResponse\.id of type uint64/;

const oldJsonOnLaterRows: readonly Row[] = [
  [
    "go-micro cannot do this: a call fails for the id of its answer",
    async ({ caller, name }) => {
      const { error } = await caller.call(name, "Say.Hello", { name: "John" });

      assert.match(error?.detail ?? "", textForId);
    },
  ],
  [
    "go-micro cannot do this: a stream fails for the id of its first item",
    async ({ caller, name }) => {
      const { items, error } = await caller.stream(name, "Say.Stream", 3);

      assert.deepEqual(items, []);
      assert.match(error?.detail ?? "", textForId);
    },
  ],
  [
    "go-micro cannot do this: a bidirectional stream fails for the id of its first item",
    async ({ caller, name }) => {
      const { items, error } = await caller.echo(name, "Say.Echo", [3n]);

      assert.deepEqual(items, []);
      assert.match(error?.detail ?? "", textForId);
    },
  ],
];

function isGo(side: Side): boolean {
  return side.startsWith("go-micro");
}

function integers(count: number): readonly bigint[] {
  return Array.from({ length: count }, (_, n) => BigInt(n));
}

function assertItems({ items, error }: StreamOutcome, expected: readonly bigint[]): void {
  assert.equal(error, undefined, `the stream ended with ${error?.detail}`);
  assert.deepEqual(items, expected);
}

function metadataOf(answer: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return (answer?.metadata ?? {}) as Readonly<Record<string, unknown>>;
}

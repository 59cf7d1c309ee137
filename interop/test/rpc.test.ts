// The same expectations for every pair of programs: go-micro and ours, as the client and as the server, found by mDNS.
// go-micro with itself is the control: what fails there is wrong in the test.

import assert from "node:assert/strict";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type Caller, goCaller, ourCaller, type Side, type StreamOutcome, sentMetadata } from "../src/caller.ts";
import { type GoPeer, goPeer } from "../src/go-peer.ts";
import { ourClient } from "../src/our-client.ts";
import { ourServer } from "../src/our-server.ts";
import { randomName } from "../src/random-name.ts";

interface Pair {
  readonly caller: Caller;
  readonly server: Side;
  /** The service's name. */
  readonly name: string;
}

type Row = readonly [behaviour: string, check: (pair: Pair) => Promise<void>];

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
      assert.equal(error?.code, caller.side === "go-micro" && server === "go-micro" ? 0 : 404);
    },
  ],
  [
    "an unknown handler is an error that says so",
    async ({ caller, server, name }) => {
      const { error } = await caller.call(name, "Nobody.Hello", {});

      assert.match(error?.detail ?? "", server === "go-micro" ? /^rpc: can't find service/ : /^rpc: can't find/);
    },
  ],
  [
    "a method without a handler's name is an error that says so",
    async ({ caller, name }) => {
      const { error } = await caller.call(name, "Hello", {});

      assert.match(error?.detail ?? "", /^rpc: service\/method request ill-formed/);
    },
  ],
  [
    "a service that nobody serves is the client's own error",
    async ({ caller }) => {
      const { error } = await caller.call(randomName("nobody"), "Say.Hello", {});

      // Of 2016: its client has no word for "not found" here, the selector says 500.
      assert.equal(error?.code, caller.side === "go-micro" ? 500 : 404);
      assert.equal(error?.id, "go.micro.client");
    },
  ],
  [
    "a stream brings its items in order and ends",
    async ({ caller, name }) => {
      assertItems(await caller.stream(name, "Say.Stream", 5), [0, 1, 2, 3, 4]);
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
      assertItems(
        await caller.stream(name, "Say.Stream", 2000),
        Array.from({ length: 2000 }, (_, n) => n),
      );
    },
  ],
  [
    "what goes out on a bidirectional stream comes back",
    async ({ caller, name }) => {
      assertItems(await caller.echo(name, "Say.Echo", [3, 1, 0, 2]), [3, 1, 0, 2]);
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

      const { "X-User-Id": user, "X-From-Id": from } = metadataOf(answer);
      assert.deepEqual({ "X-User-Id": user, "X-From-Id": from }, sentMetadata);
      // go-micro's service says who calls with every call; our client says it for calls out of a handler.
      if (caller.side === "go-micro") assert.equal(metadataOf(answer)["X-Micro-From-Service"], "peer.client");
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
      const items = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, -1];

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

const peer = await goPeer();
if (peer !== undefined) {
  for (const client of ["ours", "go-micro"] as const) {
    for (const server of ["go-micro", "ours"] as const) testPair(peer, client, server);
  }
}

function testPair(go: GoPeer, client: Side, server: Side): void {
  const test = suite<Pair & { readonly close: () => Promise<void> }>(`${client} calls ${server}`);
  test.before(async (context) => {
    Object.assign(context, await startPair(go, client, server));
  });
  test.after((context) => context.close());
  for (const [behaviour, check] of rows) test(behaviour, (pair) => within(30_000, behaviour, check(pair)));
  test.run();
}

async function startPair(go: GoPeer, client: Side, server: Side): Promise<Pair & { close(): Promise<void> }> {
  const served = server === "ours" ? await ourServer() : await go.serve();
  const ours = client === "ours" ? await ourClient() : undefined;
  const caller = ours === undefined ? goCaller(go) : ourCaller(ours);
  const close = async (): Promise<void> => {
    await ours?.stop();
    await served.stop();
  };
  return { caller, server, name: served.name, close };
}

function assertItems({ items, error }: StreamOutcome, expected: readonly number[]): void {
  assert.equal(error, undefined, `the stream ended with ${error?.detail}`);
  assert.deepEqual(items, expected);
}

function metadataOf(answer: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return (answer?.metadata ?? {}) as Readonly<Record<string, unknown>>;
}

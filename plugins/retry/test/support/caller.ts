import { codecJsonRpc } from "@micro/codec-json-rpc";
import {
  type CallOptions,
  createSelector,
  definePlugin,
  type Kernel,
  MicroError,
  type Plugin,
  startKernel,
} from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";

export const limitMs = 20_000;
export const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Always takes the first node that is left, so that a test knows where a call goes first. */
const firstNode = definePlugin({
  name: "first-node",
  setup: ({ provide }) =>
    provide("selector", "first", () => createSelector("first", () => (nodes) => nodes[0] as never)),
});

export interface Caller {
  readonly kernel: Kernel;
  /** Calls `Say.Hello`, which is not idempotent, or `Say.Again`, which is. */
  call(method: "Say.Hello" | "Say.Again", id: string, options?: CallOptions): Promise<unknown>;
}

/** Runs with a kernel that calls the service `greeter` over HTTP, whose nodes are at these addresses in this order. */
export async function withCaller(
  plugins: readonly Plugin[],
  addresses: readonly string[],
  run: (caller: Caller) => Promise<void>,
): Promise<void> {
  const kernel = await within(
    limitMs,
    "the start",
    startKernel({
      plugins: [transportHttp(), codecJsonRpc(), firstNode, ...plugins],
      use: { selector: "first" },
      log: quiet,
    }),
  );
  try {
    await register(kernel, addresses);
    const call: Caller["call"] = (method, id, options) =>
      within(limitMs, "the call", kernel.client.call("greeter", method, { id }, options));
    await run({ kernel, call });
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
}

async function register(kernel: Kernel, addresses: readonly string[]): Promise<void> {
  const endpoint = (name: string, metadata: Record<string, string>) => ({
    name,
    request: null,
    response: null,
    metadata,
  });
  for (const [at, address] of addresses.entries()) {
    await kernel.get("registry").register({
      name: "greeter",
      version: "1.0.0",
      metadata: {},
      endpoints: [endpoint("Say.Hello", {}), endpoint("Say.Again", { idempotent: "true" })],
      nodes: [{ id: `greeter-${at}`, address, metadata: {} }],
    });
  }
}

/** The MicroError that a call fails with. */
export async function failure(work: Promise<unknown>): Promise<MicroError> {
  const outcome = await work.then(
    (value) => new Error(`it should have failed, not answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (MicroError.is(outcome)) return outcome;
  throw outcome;
}

/** A port on which nobody listens. */
export const nobody = "127.0.0.1:1";

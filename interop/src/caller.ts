import { type CallOptions, type Duration, MicroError } from "@micro/kernel";
import type { GoEnd, GoPeer } from "./go-peer.ts";
import { schemasOf } from "./greeter-messages.ts";
import type { OurClient } from "./our-client.ts";

/** Whose program it is; ours also with the messages of greeter.proto as schemas. */
export type Side = "ours" | "ours with schemas" | "go-micro 0.1" | "go-micro 1.18";

/** How values travel. */
export type Encoding = "json" | "proto";

/** A client of any side, so that the same expectations hold for all. */
export interface Caller {
  readonly side: Side;
  readonly encoding: Encoding;
  /** Calls a method with the metadata of {@link sentMetadata}. */
  call(service: string, method: string, input: HelloInput, options?: CallerOptions): Promise<Outcome>;
  /** Opens a stream with a count, and reads to its end. */
  stream(service: string, method: string, count: number): Promise<StreamOutcome>;
  /** Sends integers to a bidirectional method and reads what comes. */
  echo(service: string, method: string, items: readonly bigint[]): Promise<StreamOutcome>;
}

/** What Say.Hello takes, by the names of greeter.proto. */
export interface HelloInput {
  readonly name?: string;
  readonly delay_ms?: number;
}

/** What can be said with a call. */
export interface CallerOptions {
  readonly timeout?: Duration;
}

/** What became of a call: an answer, or an error. */
export interface Outcome {
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly error?: MicroError;
}

/** What came over a stream. */
export interface StreamOutcome {
  readonly items: readonly bigint[];
  /** Present when it did not end as it should. */
  readonly error?: MicroError;
}

/** What a go-micro program sends with every call, and our client here too. */
export const sentMetadata: Readonly<Record<string, string>> = Object.freeze({
  "X-User-Id": "john",
  "X-From-Id": "peer",
});

/** A go-micro program as a client: a process for each call. */
export function goCaller(peer: GoPeer, encoding: Encoding = "json"): Caller {
  return {
    side: `go-micro ${peer.release}`,
    encoding,
    async call(service, method, input, { timeout } = {}) {
      const flags = timeout === undefined ? [] : [`--client_request_timeout=${timeout}`];
      const end = await peer.run(["call", service, method, "-", encoding], { flags, input: JSON.stringify(input) });
      const error = errorOf(end);
      return error === undefined ? { answer: end.lines.at(-1) ?? {} } : { error };
    },
    async stream(service, method, count) {
      const end = await peer.run(["stream", service, method, String(count), encoding]);
      const error = errorOf(end) ?? endError(end);
      return { items: itemsOf(end), ...(error && { error }) };
    },
    async echo(service, method, items) {
      const end = await peer.run(["echo", service, method, `[${items.join(",")}]`, encoding]);
      const error = errorOf(end);
      return { items: itemsOf(end), ...(error && { error }) };
    },
  };
}

/** Our client, with schemas for every call or without any; protobuf needs them. */
export function ourCaller(
  { kernel }: OurClient,
  encoding: Encoding = "json",
  withSchemas = encoding === "proto",
): Caller {
  const { client } = kernel;
  const contentType = encoding === "json" ? "application/json" : "application/protobuf";
  const optionsOf = (method: string): CallOptions => {
    const schemas = withSchemas ? schemasOf(method) : {};
    return { metadata: sentMetadata, contentType, ...schemas };
  };
  const integer = withSchemas ? BigInt : Number;
  return {
    side: withSchemas ? "ours with schemas" : "ours",
    encoding,
    async call(service, method, input, options = {}) {
      const value = withSchemas ? messageOf(input) : input;
      try {
        return { answer: await client.call(service, method, value, { ...optionsOf(method), ...options }) };
      } catch (error) {
        return { error: microError(error) };
      }
    },
    stream(service, method, count) {
      const options = { ...optionsOf(method), timeout: "20s" };
      return collect(client.stream<Item>(service, method, { count: integer(count) }, options));
    },
    async echo(service, method, items) {
      const stream = client.stream<Item>(service, method, undefined, { ...optionsOf(method), timeout: "20s" });
      for (const n of items) await stream.send({ n: integer(n) });
      // Everything is sent and our side is closed before the first answer is read.
      stream.end();
      return collect(stream);
    },
  };
}

// Go leaves a zero out, and a client without schemas sees that.
interface Item {
  readonly n?: number | bigint;
}

function messageOf({ delay_ms, ...rest }: HelloInput): object {
  return delay_ms === undefined ? rest : { ...rest, delayMs: BigInt(delay_ms) };
}

async function collect(stream: AsyncIterable<Item>): Promise<StreamOutcome> {
  const items: bigint[] = [];
  try {
    for await (const { n = 0 } of stream) items.push(BigInt(n));
    return { items };
  } catch (error) {
    return { items, error: microError(error) };
  }
}

/** The error that the program ended with, which it writes as a line. */
function errorOf({ code, lines, stderr }: GoEnd): MicroError | undefined {
  const text = lines.find((line) => "error" in line)?.error;
  if (text !== undefined) return MicroError.parse(String(text));
  if (code !== 0) throw new Error(`the go-micro program ended with ${code}: ${stderr}`);
  return undefined;
}

/** What is wrong with the last line of a stream: go-micro calls its end EOF. */
function endError({ lines }: GoEnd): MicroError | undefined {
  const end = lines.at(-1)?.end;
  return end === "EOF" ? undefined : MicroError.parse(String(end ?? "no end"));
}

// From the text, as JSON.parse would round them.
function itemsOf({ stdout }: GoEnd): readonly bigint[] {
  return Array.from(stdout.matchAll(/^\{"n":(-?\d+)\}$/gm), ([, digits]) => BigInt(digits ?? 0));
}

function microError(error: unknown): MicroError {
  if (MicroError.is(error)) return error;
  throw error;
}

import { type Duration, MicroError } from "@micro/kernel";
import type { GoEnd, GoLine, GoPeer } from "./go-peer.ts";
import type { OurClient } from "./our-client.ts";

/** Whose program it is. */
export type Side = "go-micro" | "ours";

/** A client of either side, so that the same expectations hold for both. */
export interface Caller {
  readonly side: Side;
  /** Calls a method with the metadata of {@link sentMetadata}. */
  call(service: string, method: string, input: object, options?: { readonly timeout?: Duration }): Promise<Outcome>;
  /** Opens a stream with a count, and reads to its end. */
  stream(service: string, method: string, count: number): Promise<StreamOutcome>;
  /** Sends integers to a bidirectional method and reads what comes. */
  echo(service: string, method: string, items: readonly (number | bigint)[]): Promise<StreamOutcome>;
}

/** What became of a call: an answer, or an error. */
export interface Outcome {
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly error?: MicroError;
}

/** What came over a stream. */
export interface StreamOutcome {
  readonly items: readonly number[];
  /** Present when it did not end as it should. */
  readonly error?: MicroError;
}

/** What the go-micro program sends with every call, and our client here too. */
export const sentMetadata: Readonly<Record<string, string>> = Object.freeze({
  "X-User-Id": "john",
  "X-From-Id": "peer",
});

/** The go-micro program as a client: a process for each call. */
export function goCaller(peer: GoPeer): Caller {
  return {
    side: "go-micro",
    async call(service, method, input, { timeout } = {}) {
      const flags = timeout === undefined ? [] : [`--client_request_timeout=${timeout}`];
      const end = await peer.run(["call", service, method, "-", "json"], { flags, input: JSON.stringify(input) });
      const error = errorOf(end);
      return error === undefined ? { answer: end.lines.at(-1) ?? {} } : { error };
    },
    async stream(service, method, count) {
      const end = await peer.run(["stream", service, method, String(count), "json"]);
      const error = errorOf(end) ?? endError(end.lines.at(-1));
      return { items: numbersOf(end.lines), ...(error && { error }) };
    },
    async echo(service, method, items) {
      const end = await peer.run(["echo", service, method, `[${items.join(",")}]`, "json"]);
      const error = errorOf(end);
      return { items: numbersOf(end.lines), ...(error && { error }) };
    },
  };
}

/** Our client. */
export function ourCaller({ kernel }: OurClient): Caller {
  const { client } = kernel;
  const metadata = sentMetadata;
  return {
    side: "ours",
    async call(service, method, input, options = {}) {
      try {
        return { answer: await client.call(service, method, input, { metadata, ...options }) };
      } catch (error) {
        return { error: microError(error) };
      }
    },
    stream(service, method, count) {
      return collect(client.stream<GoLine>(service, method, { count }, { metadata, timeout: "20s" }));
    },
    async echo(service, method, items) {
      const stream = client.stream<GoLine>(service, method, undefined, { metadata, timeout: "20s" });
      for (const n of items) await stream.send({ n });
      // Everything is sent and our side is closed before the first answer is read.
      stream.end();
      return collect(stream);
    },
  };
}

async function collect(stream: AsyncIterable<GoLine>): Promise<StreamOutcome> {
  const lines: GoLine[] = [];
  try {
    for await (const line of stream) lines.push(line);
    return { items: lines.map(numberOf) };
  } catch (error) {
    return { items: lines.map(numberOf), error: microError(error) };
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
function endError(line: GoLine | undefined): MicroError | undefined {
  const end = line?.end;
  return end === "EOF" ? undefined : MicroError.parse(String(end ?? "no end"));
}

function numbersOf(lines: readonly GoLine[]): readonly number[] {
  return lines.filter((line) => "n" in line).map(numberOf);
}

// Go leaves a zero out.
function numberOf({ n = 0 }: GoLine): number {
  return Number(n);
}

function microError(error: unknown): MicroError {
  if (MicroError.is(error)) return error;
  throw error;
}

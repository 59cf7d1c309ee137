import { type Codec, type Envelope, MicroError } from "@micro/kernel";
import { jsonRpcCodec } from "../../src/index.ts";

export const codec: Codec = jsonRpcCodec;
export const envelope: Envelope = jsonRpcCodec.envelope;

/** What `run` throws, which must be a MicroError. */
export function thrownBy(run: () => unknown): MicroError {
  try {
    run();
  } catch (error) {
    if (MicroError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The code and detail of what `run` throws. */
export function fault(run: () => unknown): string {
  const { code, detail } = thrownBy(run);
  return `${code} ${detail}`;
}

/** The request in a text, its value unpacked. */
export function request(body: string | Uint8Array): { method: string; id: unknown; value: unknown } {
  const { method, id, payload } = envelope.readRequest(body);
  return { method, id, value: envelope.value(payload) };
}

/** The reply in a text, its value unpacked. */
export function reply(body: string | Uint8Array): { id: unknown; error: string | undefined; value: unknown } {
  const { id, error, payload } = envelope.readReply(body);
  return { id, error, value: envelope.value(payload) };
}

/** `depth` arrays, one in the other. */
export function nested(depth: number, inner = ""): string {
  return `${"[".repeat(depth)}${inner}${"]".repeat(depth)}`;
}

/** A request of Go's shape around the text of a value. */
export function requestAround(value: string): string {
  return `{"method":"Say.Hello","params":[${value}],"id":0}\n`;
}

/** A reply of Go's shape around the text of a value. */
export function replyAround(value: string): string {
  return `{"id":0,"result":${value},"error":null}\n`;
}

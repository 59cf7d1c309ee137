import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type Codec, type Envelope, MicroError } from "@micro/kernel";
import { protoRpcCodec } from "../../src/index.ts";

export const codec: Codec = protoRpcCodec;
export const envelope: Envelope = protoRpcCodec.envelope;

/** What `run` throws, which must be a MicroError. */
function thrownBy(run: () => unknown): MicroError {
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

/** The request in a body, its value unpacked. */
export function request(body: string | Uint8Array, schema?: unknown): { method: string; id: unknown; value: unknown } {
  const { method, id, payload } = envelope.readRequest(body);
  return { method, id, value: envelope.value(payload, schema) };
}

/** The reply in a body, its value unpacked. */
export function reply(
  body: string | Uint8Array,
  schema?: unknown,
): { id: unknown; error: string | undefined; value: unknown } {
  const { id, error, payload } = envelope.readReply(body);
  return { id, error, value: envelope.value(payload, schema) };
}

/** A message, its members not checked by the compiler: the schemas are made while the tests run. */
export function make(schema: DescMessage, init: Record<string, unknown> = {}): Message & Record<string, unknown> {
  return create(schema, init) as Message & Record<string, unknown>;
}

/** Bytes from hexadecimal digits, with spaces wherever they help to read. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ""), "hex"));
}

/** The envelope of two blocks. */
export function blocks(head: Uint8Array, payload: Uint8Array): Uint8Array {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(payload.length, 4);
  return Uint8Array.from(Buffer.concat([lengths.subarray(0, 4), head, lengths.subarray(4), payload]));
}

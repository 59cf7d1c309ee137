import type { Body, ReplyHead } from "@micro/kernel";
import { headLength, writeHead } from "./head.ts";
import { encodeValue } from "./value.ts";

/** Writes a request, byte for byte as go-micro 2016. */
export function writeRequest(method: string, id: number, value: unknown, schema?: unknown): Body {
  return writeBlocks(method, id, undefined, encodeValue(value, schema));
}

/** Writes a reply. */
export function writeReply({ method, id }: ReplyHead, value: unknown, schema?: unknown): Body {
  return writeBlocks(method, id, "", encodeValue(value, schema));
}

/** Writes a reply with an error; an empty text would be a success. */
export function writeError({ method, id }: ReplyHead, error: string): Body {
  return writeBlocks(method, id, error === "" ? "unspecified error" : error, nothing);
}

const nothing = new Uint8Array(0);

function writeBlocks(method: string, id: unknown, error: string | undefined, payload: Uint8Array): Buffer {
  const length = headLength(Buffer.byteLength(method), error === undefined ? undefined : Buffer.byteLength(error));
  const bytes = Buffer.allocUnsafe(4 + length + 4 + payload.length);
  const headEnd = writeHead(bytes, bytes.writeUInt32BE(length, 0), method, id, error);
  bytes.set(payload, bytes.writeUInt32BE(payload.length, headEnd));
  return bytes;
}

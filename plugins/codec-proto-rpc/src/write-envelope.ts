import type { Body, ReplyHead } from "@micro/kernel";
import { writeHead } from "./head.ts";
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
  const [bytes, headEnd] = writeHead(method, id, error, 4 + payload.length);
  bytes.set(payload, bytes.writeUInt32BE(payload.length, headEnd));
  return bytes;
}

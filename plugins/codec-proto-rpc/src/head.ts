import { WireReader, wireType } from "./wire-reader.ts";

/** The first block of an envelope: go-micro's messages Request and Response, of which the former has no error. */
export interface Head {
  readonly method: string;
  /** The number of the message: a bigint where a number could not hold it, so that it comes back as it was. */
  readonly id: number | bigint;
  readonly error: string;
}

// The tags of the three fields: number and wire type.
const methodTag = (1 << 3) | wireType.bytes;
const idTag = (2 << 3) | wireType.fixed64;
const errorTag = (3 << 3) | wireType.bytes;
const maxGroups = 10;

/**
 * Reads the first block. What is absent is zero or empty, as later peers leave out what is; unknown fields are passed
 * over.
 *
 * @throws Malformed
 */
export function readHead(bytes: Uint8Array): Head {
  const reader = new WireReader(bytes);
  let method = "";
  let id: number | bigint = 0;
  let error = "";
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    if (tag === methodTag) method = reader.text();
    else if (tag === idTag) id = reader.fixed64();
    else if (tag === errorTag) error = reader.text();
    else reader.skip(tag, maxGroups);
  }
  return { method, id, error };
}

/** How many bytes {@link writeHead} writes. */
export function headLength(methodBytes: number, errorBytes: number | undefined): number {
  const length = 1 + varintLength(methodBytes) + methodBytes + 9;
  return errorBytes === undefined ? length : length + 1 + varintLength(errorBytes) + errorBytes;
}

/** Writes the first block, all its fields also where they are empty, as go-micro 2016; returns where it ends. */
export function writeHead(
  bytes: Buffer,
  start: number,
  method: string,
  id: unknown,
  error: string | undefined,
): number {
  let at = writeText(bytes, start, methodTag, method);
  at = bytes.writeUInt8(idTag, at);
  at = writeId(bytes, at, id);
  return error === undefined ? at : writeText(bytes, at, errorTag, error);
}

function writeText(bytes: Buffer, start: number, tag: number, text: string): number {
  const at = writeVarint(bytes, bytes.writeUInt8(tag, start), Buffer.byteLength(text));
  return at + bytes.write(text, at);
}

// Ids of other envelopes, the texts and nulls of JSON-RPC, count as their digits or as 0, as in go-micro 1.18.
function writeId(bytes: Buffer, start: number, id: unknown): number {
  if (typeof id === "bigint") return bytes.writeBigUInt64LE(BigInt.asUintN(64, id), start);
  if (typeof id === "string" && /^\d{1,20}$/.test(id)) return writeId(bytes, start, BigInt(id));
  const number = typeof id === "number" && Number.isSafeInteger(id) && id > 0 ? id : 0;
  bytes.writeUInt32LE(number % 2 ** 32, start);
  return bytes.writeUInt32LE(Math.floor(number / 2 ** 32), start + 4);
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) at = bytes.writeUInt8((rest % 128) | 0x80, at);
  return bytes.writeUInt8(rest, at);
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length++;
  return length;
}

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

/**
 * Writes the first block behind its length, and leaves room for what follows it. All fields are written, also where
 * they are empty, as go-micro 2016 does.
 *
 * @param error `undefined` in a request, which has no such field
 * @param room how many bytes are to follow
 * @returns the bytes, and where the block ends in them
 */
export function writeHead(method: string, id: unknown, error: string | undefined, room: number): [Buffer, number] {
  const methodField = methodFieldOf(method);
  const errorField = error === undefined ? nothing : error === "" ? noError : textField(errorTag, error);
  const length = methodField.length + 9 + errorField.length;
  const bytes = Buffer.allocUnsafe(4 + length + room);
  bytes.writeUInt32BE(length, 0);
  bytes.set(methodField, 4);
  const idStart = 4 + methodField.length;
  bytes[idStart] = idTag;
  writeId(bytes, idStart + 1, id);
  bytes.set(errorField, idStart + 9);
  return [bytes, 4 + length];
}

// A program calls few methods and each of them often. A gateway calls what its callers name, so the memory has a bound.
const maxMethods = 1000;
const maxMethodLength = 256;
const methodFields = new Map<string, Uint8Array>();

function methodFieldOf(method: string): Uint8Array {
  let field = methodFields.get(method);
  if (field === undefined) {
    field = textField(methodTag, method);
    if (methodFields.size < maxMethods && method.length <= maxMethodLength) methodFields.set(method, field);
  }
  return field;
}

const nothing = new Uint8Array(0);
const noError = textField(errorTag, "");

function textField(tag: number, text: string): Uint8Array {
  const content = Buffer.from(text);
  return Buffer.concat([Buffer.from([tag, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

// Ids of other envelopes, the texts and nulls of JSON-RPC, count as their digits or as 0, as in go-micro 1.18.
function writeId(bytes: Buffer, start: number, id: unknown): void {
  if (typeof id === "number" && Number.isSafeInteger(id) && id >= 0) writeNumber(bytes, start, id);
  else if (typeof id === "bigint") bytes.writeBigUInt64LE(BigInt.asUintN(64, id), start);
  else if (typeof id === "string" && /^\d{1,20}$/.test(id)) writeId(bytes, start, BigInt(id));
  else writeNumber(bytes, start, 0);
}

function writeNumber(bytes: Buffer, start: number, value: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, start);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), start + 4);
}

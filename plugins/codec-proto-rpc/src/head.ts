import { Malformed } from "./errors.ts";

/** The first block of an envelope: go-micro's messages Request and Response, of which the former has no error. */
export interface Head {
  readonly method: string;
  /** The number of the message: a bigint where a number could not hold it, so that it comes back as it was. */
  readonly id: number | bigint;
  readonly error: string;
}

// The tags of the three fields: number and wire type.
const methodTag = (1 << 3) | 2;
const idTag = (2 << 3) | 1;
const errorTag = (3 << 3) | 2;

/**
 * Reads the first block. What is absent is zero or empty, as later peers leave out what is; unknown fields are passed
 * over.
 *
 * @throws Malformed
 */
export function readHead(bytes: Uint8Array): Head {
  const reader = new HeadReader(bytes);
  let method = "";
  let id: number | bigint = 0;
  let error = "";
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === methodTag) method = reader.text();
    else if (tag === idTag) id = reader.fixed64();
    else if (tag === errorTag) error = reader.text();
    else reader.skip(tag);
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

/** A reader that never leaves its bytes. */
class HeadReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.bytes = Buffer.from(buffer, byteOffset, length);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** A varint of at most 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw malformed();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed();
  }

  fixed64(): number | bigint {
    const start = this.take(8);
    const high = this.bytes.readUInt32LE(start + 4);
    if (high >= 2 ** 21) return this.bytes.readBigUInt64LE(start);
    return high * 2 ** 32 + this.bytes.readUInt32LE(start);
  }

  text(): string {
    const length = this.varint();
    const start = this.take(length);
    if (length <= shortText && this.isAscii(start)) return this.bytes.toString("latin1", start, this.at);
    return decodeUtf8(this.bytes.subarray(start, this.at));
  }

  /** Passes over the value of a field that nobody knows. */
  skip(tag: number): void {
    const wireType = tag & 7;
    if (tag < 8) throw malformed();
    if (wireType === 0) this.skipVarint();
    else if (wireType === 1) this.take(8);
    else if (wireType === 2) this.take(this.varint());
    else if (wireType === 5) this.take(4);
    else throw malformed();
  }

  private skipVarint(): void {
    for (let count = 0; count < 10; count++) {
      const byte = this.bytes[this.take(1)] as number;
      if (byte < 0x80) return;
    }
    throw malformed();
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) throw malformed();
    this.at = start + length;
    return start;
  }

  private isAscii(start: number): boolean {
    for (let at = start; at < this.at; at++) if ((this.bytes[at] as number) > 0x7f) return false;
    return true;
  }
}

// A method has two dozen characters; up to here looking at each is faster than asking the decoder.
const shortText = 64;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Malformed("text is not UTF-8");
  }
}

function malformed(): Malformed {
  return new Malformed("malformed message");
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

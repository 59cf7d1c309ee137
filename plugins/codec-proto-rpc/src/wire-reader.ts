import { Malformed } from "@micro/kernel";

/** The ways in which protobuf writes a value; the last three bits of a tag. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;

/** Reads the elements of protobuf's encoding, and never beyond their end. */
export class WireReader {
  private readonly bytes: Buffer;
  private at = 0;
  private end: number;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.bytes = Buffer.from(buffer, byteOffset, length);
    this.end = length;
  }

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  /** Puts the end so many bytes on; returns where it was, for {@link leave}. */
  enter(length: number): number {
    if (length > this.end - this.at) throw malformed();
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
  }

  /** A tag: the number of a field, at least 1, and its wire type. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8 || tag >= 2 ** 32) throw malformed();
    return tag;
  }

  /** A varint of at most 35 bits: a tag or a length. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 35; factor *= 128) {
      const byte = this.bytes[this.take(1)] as number;
      value += (byte & 0x7f) * factor;
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

  /** Passes over values of one wire type that stand behind one another without tags. */
  skipPacked(kind: number): void {
    const length = this.varint();
    const end = this.take(length) + length;
    if (kind === wireType.fixed64 && length % 8 !== 0) throw malformed();
    if (kind === wireType.fixed32 && length % 4 !== 0) throw malformed();
    // The last byte of a varint is the one without the highest bit.
    if (kind === wireType.varint && length > 0 && (this.bytes[end - 1] as number) > 0x7f) throw malformed();
  }

  /** Passes over the value behind a tag; groups may nest so deep. */
  skip(tag: number, depth: number): void {
    const kind = tag & 7;
    if (kind === wireType.varint) this.skipVarint();
    else if (kind === wireType.fixed64) this.take(8);
    else if (kind === wireType.bytes) this.take(this.varint());
    else if (kind === wireType.fixed32) this.take(4);
    else if (kind === wireType.group) this.skipGroup(tag, depth);
    else throw malformed();
  }

  private skipGroup(start: number, depth: number): void {
    if (depth <= 0) throw new Malformed("nesting too deep");
    // The tag of its end has the same number and the next type.
    for (let tag = this.tag(); tag !== start + 1; tag = this.tag()) this.skip(tag, depth - 1);
  }

  private skipVarint(): void {
    for (let count = 0; count < 10; count++) if ((this.bytes[this.take(1)] as number) < 0x80) return;
    throw malformed();
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw malformed();
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

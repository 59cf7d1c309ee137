import { invalidRequest, tooManyItems } from "./errors.ts";

const maxItems = 1_000_000;
const itemsPerByte = 10;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the elements of Avro's encoding, and never beyond their end. */
export class AvroReader {
  private readonly bytes: Buffer;
  private at = 0;
  private itemsLeft: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.itemsLeft = Math.min(itemsPerByte * bytes.length, maxItems);
  }

  isAt(position: number): boolean {
    return this.at === position;
  }

  /** The position so many bytes on, which exists. */
  end(length: number): number {
    if (length > this.bytes.length - this.at) throw malformed();
    return this.at + length;
  }

  skip(length: number): void {
    this.at = this.end(length);
  }

  boolean(): void {
    if (this.byte() > 1) throw malformed();
  }

  /** A long; beyond 2^53 only its magnitude is right. */
  long(): number {
    let byte = this.byte();
    const isNegative = (byte & 1) === 1;
    // The lowest bit is the sign. What is above it is read apart from it, so that it is exact up to 2^53.
    let value = (byte & 0x7f) >> 1;
    let factor = 64;
    for (let count = 1; byte > 0x7f; count++) {
      byte = this.byte();
      if (count === 9 && byte > 1) throw malformed();
      value += (byte & 0x7f) * factor;
      factor *= 128;
    }
    return isNegative ? -value - 1 : value;
  }

  /** A long that is the length of something. */
  length(): number {
    const length = this.long();
    if (length < 0) throw malformed();
    return length;
  }

  /** A long that is the index of one of so many. */
  index(count: number): number {
    const index = this.long();
    if (index < 0 || index >= count) throw malformed();
    return index;
  }

  text(): string {
    const length = this.length();
    const start = this.at;
    this.skip(length);
    return decodeUtf8(this.bytes.subarray(start, this.at));
  }

  /** So many items follow, each of at least so many bytes. */
  expectItems(count: number, bytesEach: number): void {
    if (count * bytesEach > this.bytes.length - this.at) throw malformed();
    this.itemsLeft -= count;
    if (this.itemsLeft < 0) throw tooManyItems();
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw malformed();
    return byte;
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw invalidRequest("text is not UTF-8", error);
  }
}

function malformed(): Error {
  return invalidRequest("malformed message");
}

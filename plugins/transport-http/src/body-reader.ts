import { isAscii } from "node:buffer";
import type { Body } from "@micro/kernel";
import { type Fault, faults } from "./fault.ts";
import { chunked, faultyCharacter, untilClose } from "./head.ts";

/** Collects a body that did not come in one piece with its head. It takes bytes in pieces of any size. */
export interface BodyReader {
  /** Whether the body is complete. */
  readonly isDone: boolean;
  /** Set when the bytes are not a body. */
  readonly fault: Fault | undefined;
  /** Takes what belongs to the body and returns where the rest begins. */
  consume(bytes: Buffer, at: number): number;
  /** The peer sends no more: whether that ends the body well. */
  end(): boolean;
  /** The body, once it is complete. */
  take(): Body;
}

/** The reader for a body of the length that its head says. */
export function bodyReader(length: number, maxBodyBytes: number, maxTrailerBytes: number): BodyReader {
  if (length === chunked) return new ChunkedBody(maxBodyBytes, maxTrailerBytes);
  return length === untilClose ? new UntilCloseBody(maxBodyBytes) : new SizedBody(length);
}

/** Bytes as a body: a string where they are ASCII, because a string needs no further copy on its way. */
export function toBody(bytes: Buffer): Body {
  return isAscii(bytes) ? bytes.toString("latin1") : bytes;
}

class SizedBody implements BodyReader {
  readonly fault = undefined;
  readonly #bytes = new GrowingBytes();
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  get isDone(): boolean {
    return this.#bytes.length === this.#length;
  }

  consume(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#length - this.#bytes.length);
    this.#bytes.append(bytes, at, end, this.#length);
    return end;
  }

  end(): boolean {
    return false;
  }

  take(): Body {
    return toBody(this.#bytes.take());
  }
}

class UntilCloseBody implements BodyReader {
  fault: Fault | undefined = undefined;
  isDone = false;
  readonly #bytes = new GrowingBytes();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  consume(bytes: Buffer, at: number): number {
    if (this.#bytes.length + bytes.length - at > this.#maxBytes) this.fault = faults.bodySize;
    else this.#bytes.append(bytes, at, bytes.length, this.#maxBytes);
    return bytes.length;
  }

  end(): boolean {
    this.isDone = true;
    return true;
  }

  take(): Body {
    return toBody(this.#bytes.take());
  }
}

type ChunkPart = "size" | "data" | "dataEnd" | "trailer";

const maxSizeLine = 256;

/** A state machine over the parts of RFC 9112 §7.1. Extensions and trailers are read and dropped. */
class ChunkedBody implements BodyReader {
  fault: Fault | undefined = undefined;
  isDone = false;
  readonly #bytes = new GrowingBytes();
  readonly #maxBytes: number;
  readonly #maxTrailerBytes: number;
  #part: ChunkPart = "size";
  #line = "";
  #left = 0;
  #trailerBytes = 0;

  constructor(maxBytes: number, maxTrailerBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxTrailerBytes = maxTrailerBytes;
  }

  consume(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.isDone && this.fault === undefined) {
      at = this.#part === "data" ? this.#takeData(bytes, at) : this.#takeLine(bytes, at);
    }
    return at;
  }

  end(): boolean {
    return false;
  }

  take(): Body {
    return toBody(this.#bytes.take());
  }

  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#bytes.append(bytes, at, end, this.#maxBytes);
    this.#left -= end - at;
    if (this.#left === 0) this.#part = "dataEnd";
    return end;
  }

  #takeLine(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    const most = this.#part === "trailer" ? this.#maxTrailerBytes - this.#trailerBytes : maxSizeLine;
    if (this.#line.length + end - at > most) {
      this.fault = this.#part === "trailer" ? faults.headSize : faults.chunk;
      return end;
    }
    this.#line += bytes.toString("latin1", at, end);
    if (newline >= 0) this.#endLine();
    return end;
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = "";
    this.fault = faultyCharacter(line);
    if (this.fault !== undefined) return;
    if (this.#part === "size") this.#startChunk(line);
    else if (this.#part === "trailer") this.#skipTrailer(line);
    else if (line === "\r\n") this.#part = "size";
    else this.fault = faults.chunk;
  }

  #startChunk(line: string): void {
    const match = /^([0-9A-Fa-f]{1,12})(?:[\t ]*;.*)?\r\n$/.exec(line);
    if (match === null) {
      this.fault = faults.chunk;
      return;
    }
    this.#left = Number.parseInt(match[1] as string, 16);
    if (this.#bytes.length + this.#left > this.#maxBytes) this.fault = faults.bodySize;
    this.#part = this.#left === 0 ? "trailer" : "data";
  }

  #skipTrailer(line: string): void {
    this.#trailerBytes += line.length;
    if (line === "\r\n") this.isDone = true;
    else if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:/.test(line)) this.fault = faults.headerName;
  }
}

const firstCapacity = 64 * 1024;

/**
 * Bytes that grow by doubling. Memory is taken as bytes come, not as a head claims, and pieces are copied: a
 * list of one-byte pieces would take a hundred times their size.
 */
class GrowingBytes {
  #bytes: Buffer = Buffer.alloc(0);
  length = 0;

  append(source: Buffer, from: number, to: number, most: number): void {
    const length = this.length + to - from;
    if (length > this.#bytes.length) this.#grow(length, most);
    source.copy(this.#bytes, this.length, from, to);
    this.length = length;
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(length: number, most: number): void {
    const capacity = Math.min(most, Math.max(length, 2 * this.#bytes.length, firstCapacity));
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
  }
}

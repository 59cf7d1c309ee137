import type { Socket } from "node:net";
import { bodyBytes, type Message } from "@micro/kernel";

/**
 * What a frame is: a message, the end of the client's messages, the server's last message, its refusal, or the one
 * message of a client that has no other.
 */
export const frameKinds = { message: 1, end: 2, last: 3, refused: 4, call: 5 } as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** Who reads the frames of a socket. */
export interface FrameReader {
  onFrame(kind: FrameKind, message: Message): void;
  /** Once, for whichever reason. */
  onClosed(): void;
}

/** Kind, length of the header, length of the body. */
const prefixBytes = 9;

/** A peer that announces more is cut off. */
const maxFrameBytes = 64 * 1024 * 1024;

/** How long a peer may take to read what was written before an end, in milliseconds. */
const lingerMs = 1000;

/** Frames over a socket: a prefix, the header as JSON, the body. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #needed = prefixBytes;
  #isEnding = false;

  constructor(socket: Socket, reader: FrameReader) {
    this.#socket = socket;
    this.#reader = reader;
    socket.on("error", () => {}); // "close" follows.
    socket.on("data", (chunk) => this.#read(chunk));
    socket.once("close", () => reader.onClosed());
  }

  /** Writes a frame; resolves when there is room for the next one, also when nobody will read it. */
  async write(kind: FrameKind, { header, body }: Message = noMessage): Promise<void> {
    // A turn, or whoever sends for ever would never hear that the peer is gone.
    if (!this.#socket.writable) return new Promise((resolve) => setImmediate(resolve));
    const head = Buffer.from(JSON.stringify(header));
    const bytes = bodyBytes(body);
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt8(kind, 0);
    prefix.writeUInt32BE(head.length, 1);
    prefix.writeUInt32BE(bytes.length, 5);
    this.#socket.cork();
    this.#socket.write(prefix);
    this.#socket.write(head);
    this.#socket.write(bytes);
    this.#socket.uncork();
    if (this.#socket.writableNeedDrain) await this.#roomOrEnd();
  }

  /** Whether frames are read. While they are not, the peer is held back. */
  set reads(reads: boolean) {
    if (reads) this.#socket.resume();
    else this.#socket.pause();
  }

  /** Ends it when the peer has what was written. What still comes is thrown away. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#socket.end();
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs).unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }

  destroy(): void {
    this.#isEnding = true;
    this.#socket.destroy();
  }

  #roomOrEnd(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done).off("close", done);
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#needed && !this.#isEnding) {
      const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      this.#chunks = [bytes];
      if (!this.#readFrame(bytes)) break;
    }
  }

  /** Hands on the first frame; false when it is not whole yet, or is none. */
  #readFrame(bytes: Buffer): boolean {
    if (bytes.length < prefixBytes) return false;
    const bodyAt = prefixBytes + bytes.readUInt32BE(1);
    const end = bodyAt + bytes.readUInt32BE(5);
    this.#needed = end;
    if (end > maxFrameBytes) this.destroy();
    if (end > maxFrameBytes || bytes.length < end) return false;
    const kind = kindOf(bytes.readUInt8(0));
    const header = headerFrom(bytes.toString("utf8", prefixBytes, bodyAt));
    this.#chunks = [bytes.subarray(end)];
    this.#bytes = bytes.length - end;
    this.#needed = prefixBytes;
    if (kind === undefined || header === undefined) this.destroy();
    else this.#reader.onFrame(kind, { header, body: bytes.subarray(bodyAt, end) });
    return true;
  }
}

const noMessage: Message = { header: {}, body: "" };

function kindOf(byte: number): FrameKind | undefined {
  return Object.values(frameKinds).find((kind) => kind === byte);
}

/** Without a prototype, so that every name is plain data. */
function headerFrom(text: string): Record<string, string> | undefined {
  try {
    const header: Record<string, unknown> = Object.assign(Object.create(null), JSON.parse(text));
    const isText = Object.values(header).every((value) => typeof value === "string");
    return isText ? (header as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}

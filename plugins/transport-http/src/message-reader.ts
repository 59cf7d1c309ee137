import { isAscii } from "node:buffer";
import type { Body, Message } from "@micro/kernel";
import { type BodyReader, bodyReader, toBody } from "./body-reader.ts";
import { Fault, faults } from "./fault.ts";
import { faultyCharacter, type Head, type HeadKind, parseHead } from "./head.ts";
import type { HttpLimits } from "./options.ts";

/**
 * Reads HTTP/1.1 messages out of the bytes of one connection. It takes them in pieces of any size, and it never
 * throws: what is no message sets {@link fault}, and then nothing more is read.
 *
 * A message that comes in one piece with the same head as the last one, but for its Content-Length, costs two
 * comparisons of strings, and its header is the same object as before.
 */
export class MessageReader {
  /** What was wrong with the bytes, once something was. */
  fault: Fault | undefined = undefined;
  /** The status of the last response that {@link read} returned. */
  status = 0;
  /** Whether the sender of the last message wants the connection closed after it. */
  close = false;
  /** How long the sender of the last message keeps the connection when it is idle, in milliseconds. */
  keepAliveMs: number = Number.POSITIVE_INFINITY;
  /** Whether the message that is being read waits for `100 Continue`; the one who answers clears it. */
  expectsContinue = false;

  readonly #kind: HeadKind;
  readonly #limits: HttpLimits;
  #memo: HeadMemo = noMemo;
  // Bytes that are not read yet start at #at. #text is what they say from there on, or the first part of it
  // where not all of them are ASCII.
  #bytes: Buffer | undefined = undefined;
  #at = 0;
  #text: string | undefined = undefined;
  #isAscii = false;
  // How much of #text was searched for the end of a head, in vain.
  #checked = 0;
  #interims = 0;
  #head: Head | undefined = undefined;
  #body: BodyReader | undefined = undefined;

  constructor(kind: HeadKind, limits: HttpLimits) {
    this.#kind = kind;
    this.#limits = limits;
  }

  /** How far it is: between messages, in a head, or in a body. */
  get phase(): "idle" | "head" | "body" {
    if (this.#body !== undefined) return "body";
    return this.#bytes === undefined ? "idle" : "head";
  }

  /** Takes bytes. {@link read} gives the messages in them. */
  push(chunk: Buffer): void {
    if (this.fault !== undefined) return;
    this.#text = undefined;
    if (this.#bytes === undefined) {
      this.#bytes = chunk;
      this.#at = 0;
    } else {
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
      this.#at = 0;
    }
  }

  /** The next message, `undefined` when more bytes are needed. */
  read(): Message | undefined {
    if (this.#bytes === undefined || this.fault !== undefined) return undefined;
    return this.#body === undefined ? this.#readHead(this.#bytes) : this.#readBody(this.#body, this.#bytes);
  }

  /** The peer sends no more. Returns the message that ends with that, if there is one; a torn one is a fault. */
  end(): Message | undefined {
    const body = this.#body;
    if (body?.end() === true && this.fault === undefined) return this.#finish(body.take());
    if (this.phase !== "idle") this.fault ??= faults.cutShort;
    return undefined;
  }

  #readHead(bytes: Buffer): Message | undefined {
    const text = this.#text ?? this.#decode(bytes);
    const { before, after, head } = this.#memo;
    if (head !== undefined && text.startsWith(before)) {
      let at = before.length;
      let length = 0;
      for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) length = 10 * length + digit;
      if (at > before.length && text.startsWith(after, at))
        return this.#begin(head, length, bytes, text, at + after.length);
    }
    return this.#readNewHead(bytes, text);
  }

  #decode(bytes: Buffer): string {
    this.#isAscii = isAscii(this.#at === 0 ? bytes : bytes.subarray(this.#at));
    const end = this.#isAscii ? bytes.length : Math.min(bytes.length, this.#at + this.#limits.maxHeaderBytes + 1);
    const text = bytes.toString("latin1", this.#at, end);
    this.#text = text;
    return text;
  }

  #readNewHead(bytes: Buffer, text: string): Message | undefined {
    const blank = text.indexOf("\r\n\r\n", Math.max(0, this.#checked - 3));
    if (blank < 0 || blank + 4 > this.#limits.maxHeaderBytes) return this.#awaitHead(text);
    // Decoded once more, so that header values that somebody keeps do not keep a whole chunk alive.
    const own = bytes.toString("latin1", this.#at, this.#at + blank + 4);
    const head = parseHead(own, this.#kind, this.#limits.maxHeaders);
    if (head instanceof Fault) return this.#fail(head);
    if (head.status > 0 && head.status < 200) return this.#skipInterim(head, bytes, blank + 4);
    if (head.digitsAt > 0 && head.length > 0) this.#memo = memoOf(own, head);
    return this.#begin(head, head.length, bytes, text, blank + 4);
  }

  // Bytes that can never become a head are refused at once: a TLS client would else wait for the timeout.
  #awaitHead(text: string): undefined {
    const end = text.endsWith("\r") ? text.length - 1 : text.length;
    const from = Math.max(0, this.#checked - 1);
    const fault = faultyStart(text, this.#kind) ?? faultyCharacter(text.slice(0, end), from);
    this.#checked = end;
    if (fault !== undefined) return this.#fail(fault);
    return text.length > this.#limits.maxHeaderBytes ? this.#fail(faults.headSize) : undefined;
  }

  #skipInterim(head: Head, bytes: Buffer, length: number): Message | undefined {
    if (head.status === 101) return this.#fail(faults.upgrade);
    if (++this.#interims > maxInterims) return this.#fail(faults.interims);
    this.#checked = 0;
    this.#advance(bytes, this.#at + length, undefined);
    return this.read();
  }

  #begin(head: Head, length: number, bytes: Buffer, text: string, bodyAt: number): Message | undefined {
    if (length > this.#limits.maxBodyBytes) return this.#fail(faults.bodySize);
    this.#checked = this.#interims = 0;
    this.status = head.status;
    this.close = head.close;
    this.keepAliveMs = head.keepAliveMs;
    const from = this.#at + bodyAt;
    if (length < 0 || from + length > bytes.length) return this.#awaitBody(head, length, bytes, from);
    const end = bodyAt + length;
    const body: Body = this.#isAscii ? text.slice(bodyAt, end) : toBody(bytes.subarray(from, from + length));
    this.#advance(bytes, from + length, this.#isAscii ? text.slice(end) : undefined);
    return { header: head.header, body };
  }

  #awaitBody(head: Head, length: number, bytes: Buffer, from: number): Message | undefined {
    this.#head = head;
    this.#body = bodyReader(length, this.#limits.maxBodyBytes, this.#limits.maxHeaderBytes);
    this.expectsContinue = head.expectsContinue && from === bytes.length;
    this.#advance(bytes, from, undefined);
    return this.read();
  }

  #readBody(body: BodyReader, bytes: Buffer): Message | undefined {
    this.expectsContinue = false;
    const end = body.consume(bytes, this.#at);
    this.#advance(bytes, end, undefined);
    if (body.fault !== undefined) return this.#fail(body.fault);
    return body.isDone ? this.#finish(body.take()) : undefined;
  }

  #finish(body: Body): Message {
    const header = (this.#head as Head).header;
    this.#head = this.#body = undefined;
    return { header, body };
  }

  #advance(bytes: Buffer, to: number, text: string | undefined): void {
    this.#at = to;
    this.#text = text;
    if (to >= bytes.length) this.#bytes = this.#text = undefined;
  }

  #fail(fault: Fault): undefined {
    this.fault = fault;
    this.#bytes = this.#text = undefined;
  }
}

// RFC 9110 §15.2 lets any number of them come before a response.
const maxInterims = 16;

/**
 * A head in two parts, before and after the digits of its Content-Length. The length of a body changes with
 * every call, and the head as a whole would never be met again.
 */
interface HeadMemo {
  readonly before: string;
  readonly after: string;
  readonly head: Head | undefined;
}

const noMemo: HeadMemo = { before: "", after: "", head: undefined };

function memoOf(text: string, head: Head): HeadMemo {
  return { before: text.slice(0, head.digitsAt), after: text.slice(head.digitsEnd), head };
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

function faultyStart(text: string, kind: HeadKind): Fault | undefined {
  const pattern = kind === "request" ? /^[!#$%&'*+\-.^_`|~0-9A-Za-z]/ : /^(?:H$|HT$|HTT$|HTTP$|HTTP\/)/;
  return pattern.test(text) ? undefined : faults.startLine;
}

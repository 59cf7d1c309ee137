import type { Header } from "@micro/kernel";
import { Fault, faults } from "./fault.ts";
import { canonicalName } from "./header-name.ts";

/** The head of a message, read. */
export interface Head {
  readonly header: Header;
  /** The status of a response, 0 for a request. */
  readonly status: number;
  /** How long the body is: bytes, or {@link chunked} or {@link untilClose}. */
  readonly length: number;
  /** Whether the sender closes, or wants closed, the connection after this message. */
  readonly close: boolean;
  /** How long the sender keeps an idle connection, in milliseconds, as `Keep-Alive` says; `Infinity` when it does not. */
  readonly keepAliveMs: number;
  /** Whether the sender waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** Where the digits of Content-Length stand in the text of the head; 0 when there are none. */
  readonly digitsAt: number;
  readonly digitsEnd: number;
}

/** A body in chunks, RFC 9112 §7.1. */
export const chunked = -1;

/** A body that ends where the connection does, RFC 9112 §6.3. */
export const untilClose = -2;

/** Which messages a reader reads. */
export type HeadKind = "request" | "response";

/**
 * Reads a head, strictly: what RFC 9112 lets a recipient repair is refused here, because what two readers repair
 * differently is how requests are smuggled.
 *
 * @param text from the start line up to and with the blank line
 */
export function parseHead(text: string, kind: HeadKind, maxHeaders: number): Head | Fault {
  const character = faultyCharacter(text);
  if (character !== undefined) return character;
  const firstEnd = text.indexOf("\r\n");
  const start =
    kind === "request" ? parseRequestLine(text.slice(0, firstEnd)) : parseStatusLine(text.slice(0, firstEnd));
  if (start instanceof Fault) return start;
  const draft = new Draft(start);
  const end = text.length - 2;
  for (let at = firstEnd + 2; at < end; ) {
    const lineEnd = text.indexOf("\r\n", at);
    const fault = ++draft.count > maxHeaders ? faults.headerCount : draft.addLine(text, at, lineEnd);
    if (fault !== undefined) return fault;
    at = lineEnd + 2;
  }
  return draft.finish(kind);
}

/**
 * What is wrong with the characters of a head from a place on, `undefined` when nothing is. A part of a head must
 * not end in CR.
 */
export function faultyCharacter(text: string, from = 0): Fault | undefined {
  faulty.lastIndex = from;
  const at = faulty.exec(text)?.index;
  if (at === undefined) return undefined;
  if (text[at] === "\r") return faults.lineEnd;
  if (text[at] !== "\n") return faults.character;
  return text[at - 1] === "\r" ? faults.folded : faults.lineEnd;
}

const faulty = /[^\t\r\n\x20-\x7e]|\r(?!\n)|(?<!\r)\n|\n[\t ]/g;

interface StartLine {
  readonly status: number;
  readonly isHttp10: boolean;
}

// go-micro looks at neither the method nor the target, so they only have to be well formed.
function parseRequestLine(line: string): StartLine | Fault {
  if (line === "POST / HTTP/1.1") return post;
  const match = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [!-~]+ HTTP\/1\.([01])$/.exec(line);
  return match === null ? faults.startLine : { status: 0, isHttp10: match[1] === "0" };
}

function parseStatusLine(line: string): StartLine | Fault {
  if (line === "HTTP/1.1 200 OK") return ok;
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/.exec(line);
  return match === null ? faults.startLine : { status: Number(match[2]), isHttp10: match[1] === "0" };
}

const post: StartLine = { status: 0, isHttp10: false };
const ok: StartLine = { status: 200, isHttp10: false };

/** A head while its lines are read. */
class Draft {
  count = 0;
  readonly #start: StartLine;
  // No prototype: a peer may name a header `__proto__` or `constructor`.
  readonly #header: Record<string, string> = Object.create(null);
  #length: number | undefined = undefined;
  #isChunked = false;
  #hasHost = false;
  #close = false;
  #keepAliveMs = Number.POSITIVE_INFINITY;
  #expectsContinue = false;
  #digitsAt = 0;
  #digitsEnd = 0;

  constructor(start: StartLine) {
    this.#start = start;
  }

  addLine(text: string, at: number, end: number): Fault | undefined {
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon >= end) return faults.headerName;
    const name = canonicalName(text.slice(at, colon));
    if (name === undefined) return faults.headerName;
    let valueAt = colon + 1;
    while (valueAt < end && isBlank(text.charCodeAt(valueAt))) valueAt++;
    let valueEnd = end;
    while (valueEnd > valueAt && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
    return this.#add(name, text.slice(valueAt, valueEnd), valueAt, valueEnd);
  }

  /** The table of headers that mean something to the transport; they are its own and not handed on. */
  #add(name: string, value: string, at: number, end: number): Fault | undefined {
    switch (name) {
      case "Content-Length":
        return this.#addLength(value, at, end);
      case "Transfer-Encoding":
        if (this.#isChunked) return faults.duplicate;
        this.#isChunked = true;
        return value.toLowerCase() === "chunked" && !this.#start.isHttp10 ? undefined : faults.transferEncoding;
      case "Content-Encoding":
        return value.toLowerCase() === "identity" ? undefined : faults.contentEncoding;
      case "Host":
        if (this.#hasHost) return faults.duplicate;
        this.#hasHost = true;
        return undefined;
      case "Connection":
        if (/(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(value)) this.#close = true;
        return undefined;
      case "Expect":
        if (value.toLowerCase() === "100-continue") this.#expectsContinue = true;
        return undefined;
      case "Keep-Alive":
        this.#keepAliveMs = Math.min(this.#keepAliveMs, keepAliveMs(value));
        return undefined;
      case "Trailer":
      case "Te":
      case "Upgrade":
        return undefined;
      default:
        return this.#keep(name, value);
    }
  }

  #addLength(value: string, at: number, end: number): Fault | undefined {
    if (this.#length !== undefined) return faults.duplicate;
    if (!/^\d+$/.test(value)) return faults.contentLength;
    this.#length = Number(value);
    this.#digitsAt = at;
    this.#digitsEnd = end;
    return undefined;
  }

  // Of a repeated header the first value counts, as in go-micro; two deadlines are a mistake of the sender.
  #keep(name: string, value: string): Fault | undefined {
    if (this.#header[name] === undefined) this.#header[name] = value;
    else if (name === "Timeout") return faults.duplicate;
    return undefined;
  }

  finish(kind: HeadKind): Head | Fault {
    if (this.#isChunked && this.#length !== undefined) return faults.twoLengths;
    const { status, isHttp10 } = this.#start;
    const length = this.#bodyLength(kind);
    return {
      header: Object.freeze(this.#header),
      status,
      length,
      keepAliveMs: this.#keepAliveMs,
      close: this.#close || isHttp10 || length === untilClose,
      expectsContinue: this.#expectsContinue && !isHttp10,
      digitsAt: this.#digitsAt,
      digitsEnd: this.#digitsEnd,
    };
  }

  #bodyLength(kind: HeadKind): number {
    const { status } = this.#start;
    if (kind === "response" && (status < 200 || status === 204 || status === 304)) return 0;
    if (this.#isChunked) return chunked;
    return this.#length ?? (kind === "request" ? 0 : untilClose);
  }
}

// It is a hint of RFC 2068 §19.7.1.1 that every recipient may ignore, so one that cannot be read is none.
function keepAliveMs(value: string): number {
  const seconds = /(?:^|[,;])[\t ]*timeout[\t ]*=[\t ]*"?(\d+)/i.exec(value)?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

import { randomBytes } from "node:crypto";
import type { Metadata } from "@micro/kernel";

/**
 * The header that tells one call from another on its way over services: `trace/span/caller/callee`. go-micro of 2016
 * takes it for metadata like any other. It is not W3C's `traceparent`, because our spans are kept in memory and sent
 * nowhere: a program with a tracer of its own would find parents in its traces that nobody reported. And it is one
 * header and not three, because metadata is copied for each.
 */
export const traceHeader = "X-Micro-Trace";

/** Who calls when nobody says so: a program that is no service, or one that does not speak of it. */
export const outside = "outside";

const fromService = "X-Micro-From-Service";

/** What the header says. */
export interface Trace {
  /** The same for all calls that one call led to. */
  readonly trace: string;
  /** The call itself. */
  readonly span: string;
  /** The service that made it; empty for a name that cannot stand in a header. */
  readonly caller: string;
  /** The service that it goes to; empty for messages, which go to a topic. */
  readonly callee: string;
}

/** Makes spans, and knows its own again. */
export class Spans {
  private readonly own = randomBytes(6).toString("hex");
  private last = 0;

  next(): string {
    return `${this.own}-${(++this.last).toString(36)}`;
  }

  /** Whether the call was made by a client that the same observer sees. */
  isOwn(span: string): boolean {
    return span.startsWith(this.own);
  }
}

/** What a call says of itself; `undefined` when it says nothing, or nothing well formed. */
export function readTrace(metadata: Metadata): Trace | undefined {
  const text = metadata[traceHeader];
  return text === undefined ? undefined : parse(text);
}

/** Metadata with the header in it. */
export function withTrace(metadata: Metadata, trace: string, span: string, caller: string, callee: string): Metadata {
  const copy = Object.assign(Object.create(null), metadata) as Record<string, string>;
  copy[traceHeader] = `${trace}/${span}/${headerName(caller)}/${headerName(callee)}`;
  return copy;
}

/** Who makes a call with this metadata from inside its handler: whom the call was for that is carried on. */
export function callerWithin(carried: Trace | undefined, metadata: Metadata): string {
  return carried?.callee || nameOf(metadata[fromService]);
}

/** Who made a call that came without a header for this service. */
export function callerOf(carried: Trace | undefined, metadata: Metadata): string {
  return carried?.callee || carried?.caller || nameOf(metadata[fromService]);
}

const maxText = 512;
const wellFormed = /^([\w-]{1,64})\/([\w-]{1,64})\/([\w.-]{0,128})\/([\w.-]{0,128})$/;
let lastText = "";
let lastTrace: Trace | undefined;

function parse(text: string): Trace | undefined {
  // Both ends of a call in one process read the same text.
  if (text === lastText) return lastTrace;
  const parts = text.length > maxText ? null : wellFormed.exec(text);
  lastText = text.length > maxText ? "" : text;
  lastTrace =
    parts === null
      ? undefined
      : {
          trace: parts[1] as string,
          span: parts[2] as string,
          caller: parts[3] as string,
          callee: parts[4] as string,
        };
  return lastTrace;
}

function headerName(name: string): string {
  return /^[\w.-]{1,128}$/.test(name) ? name : "";
}

function nameOf(text: string | undefined): string {
  return text === undefined || text === "" ? outside : text.slice(0, 128);
}

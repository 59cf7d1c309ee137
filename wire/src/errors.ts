import { statusText } from "./status-text.ts";

const brand = Symbol.for("micro.error");

/** What a {@link MicroError} can carry besides the four fields that travel. */
export interface MicroErrorOptions {
  /** The error that led to this one. It stays in this process. */
  readonly cause?: unknown;
  /**
   * A stable name for the condition, listed in docs/errors.md, for code that must tell apart what shares a
   * number: `connection_lost`, `dial_failed`, `deadline_exceeded`. It stays in this process.
   */
  readonly reason?: string;
  /**
   * True when it is certain that no handler ran, so that even a call that is not idempotent may be sent to
   * another node. Transports set it for what failed before a byte left, servers for what they refused.
   */
  readonly notProcessed?: boolean;
  /**
   * How long a caller should wait before it tries again, in milliseconds: what a server that is too busy says. Transports
   * carry it with what a server refused, over HTTP as `Retry-After`.
   */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The error of go-micro 2016: `{ id, code, detail, status }`, which travels as this JSON text.
 *
 * `id` names the component that raised it (`go.micro.client`, or a service), `code` is HTTP-like, `detail` is a
 * sentence for people and `status` the name of the code. The `message` of the Error is `detail`.
 */
export class MicroError extends Error {
  readonly id: string;
  readonly code: number;
  readonly detail: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly notProcessed: boolean;
  readonly retryAfterMs: number | undefined;

  static {
    // What console.log shows. Bundlers, ours too, give a class that mentions itself another name.
    Object.defineProperty(MicroError, "name", { value: "MicroError" });
  }

  constructor(id: string, code: number, detail: string, options: MicroErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MicroError";
    this.id = id;
    this.code = code;
    this.detail = detail;
    this.status = statusText(code);
    this.reason = options.reason;
    this.notProcessed = options.notProcessed ?? false;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Exactly the four fields of the wire, in Go's order. */
  toJSON(): { id: string; code: number; detail: string; status: string } {
    return { id: this.id, code: this.code, detail: this.detail, status: this.status };
  }

  /** Whether the value is a MicroError, also one made by another copy of this package. */
  static is(value: unknown): value is MicroError {
    return typeof value === "object" && value !== null && brand in value;
  }

  /**
   * Turns anything that was thrown into a MicroError: one of ours as it is, anything else as a 500 with its
   * message as the detail and itself as the cause.
   */
  static from(value: unknown, id: string): MicroError {
    if (MicroError.is(value)) return value;
    const detail = value instanceof Error ? value.message : String(value);
    return new MicroError(id, 500, detail, { cause: value });
  }

  /**
   * Reads the text of an error as it came over the wire. As in go-micro, a text that is not the JSON of an
   * error becomes the detail of one with code 0, "not a micro error"; {@link code} is then 0 and `id` empty.
   */
  static parse(text: string): MicroError {
    const fields = parseFields(text);
    if (fields === undefined) return new MicroError("", 0, text.slice(0, maxDetail));
    const { id, code, detail } = fields;
    return new MicroError(
      typeof id === "string" ? id : "",
      typeof code === "number" && Number.isInteger(code) ? code : 0,
      typeof detail === "string" ? detail.slice(0, maxDetail) : "",
    );
  }
}

/** Makes the error of one code; `id` names the component that raises it. */
export type ErrorMaker = (id: string, detail: string, options?: MicroErrorOptions) => MicroError;

/** 400: the request itself is wrong. */
export const badRequest: ErrorMaker = makerOf(400);

/** 401: the caller did not say who it is. */
export const unauthorized: ErrorMaker = makerOf(401);

/** 403: the caller is known and may not. */
export const forbidden: ErrorMaker = makerOf(403);

/** 404: what was asked for does not exist. */
export const notFound: ErrorMaker = makerOf(404);

/** 408: the deadline of a call passed, or the call was cancelled. */
export const timedOut: ErrorMaker = makerOf(408);

/** 500: the handler failed. */
export const internalServerError: ErrorMaker = makerOf(500);

/** The id that go-micro's client gives to errors of its own. */
export const clientErrorId = "go.micro.client";

/** The 408 of a deadline that passed. Pass true when it is certain that nothing was sent. */
export function deadlineExceeded(notProcessed = false): MicroError {
  return timedOut(clientErrorId, "context deadline exceeded", { reason: "deadline_exceeded", notProcessed });
}

/**
 * The 408 of a call that was called off; an abort for a MicroError, such as a parent's deadline, keeps that. Pass true
 * when it is certain that nothing was sent.
 */
export function cancelled(reason: unknown, notProcessed = false): MicroError {
  if (MicroError.is(reason)) return reason;
  return timedOut(clientErrorId, "context canceled", { reason: "cancelled", cause: reason, notProcessed });
}

/**
 * The error behind the text that stood in a reply. A text that is no MicroError becomes a 500 with the text as its
 * detail, apart from those with which go-micro says that a method does not exist; one whose code is no status becomes
 * a 502.
 */
export function errorFromWire(text: string): MicroError {
  const error = MicroError.parse(text);
  const { id, code, detail } = error;
  if (code >= 200 && code < 600) return error;
  // Whoever passes it on as the status of an HTTP answer would fail with it.
  if (code !== 0) return new MicroError(id, 502, `${detail} (with the code ${code})`, { reason: "invalid_response" });
  if (/^rpc: can't find (service|method) /.test(error.detail)) {
    return notFound(clientErrorId, error.detail, { reason: "unknown_method" });
  }
  return new MicroError(id || clientErrorId, 500, shortened(detail));
}

function shortened(detail: string): string {
  return detail.length > maxOpaque ? `${detail.slice(0, maxOpaque)}…` : detail;
}

function makerOf(code: number): ErrorMaker {
  return (id, detail, options) => new MicroError(id, code, detail, options);
}

// An error text of a peer is data for a log line or a screen, not a document.
const maxDetail = 4096;
// One that is not even the JSON of an error may be anything, such as a page of HTML.
const maxOpaque = 1024;

function parseFields(text: string): { id?: unknown; code?: unknown; detail?: unknown } | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

import { deadlines } from "@micro/limits";
import {
  badRequest,
  type Codec,
  deadlineExceeded,
  endOfStream,
  type Header,
  type IncomingRequest,
  type Message,
  MicroError,
  metadataOf,
  notFound,
  type Protocol,
  protocolOfRequest,
  type ReplyHead,
} from "@micro/wire";
import type { Arrival } from "../contracts/hooks.ts";
import type { ServerExchange } from "../contracts/transport.ts";
import { CallContext } from "./context.ts";
import { runStream, type StreamEnds } from "./run-stream.ts";
import { isPromise, type ServedMethod, singleAnswer } from "./served-method.ts";

/** What a call needs to know of its service. */
export interface CallTarget {
  readonly name: string;
  /** The method under a name such as `Say.Hello`. */
  route(method: string): ServedMethod | undefined;
  codec(contentType: string): Codec | undefined;
}

/** Answers one exchange. Whatever the peer sends, it throws nothing and answers once. */
export function serveExchange(target: CallTarget, exchange: ServerExchange): void {
  try {
    startCall(target, exchange);
  } catch (error) {
    exchange.refuse(MicroError.from(error, target.name));
  }
}

function startCall(target: CallTarget, exchange: ServerExchange): void {
  const { header } = exchange.request;
  if (!isMeantFor(target.name, header)) throw wrongService(target.name);
  const contentType = header["Content-Type"] ?? "";
  const protocol = protocolOfRequest(header);
  const codec = codecFor(target, protocol, contentType);
  const writer: Writer = { protocol, codec, header: replyHeader(contentType) };
  const request = protocol.readRequest(codec, exchange.request);
  const route = target.route(request.method);
  if (route === undefined) {
    exchange.reply(errorReply(writer, request, unknownMethod(target.name, request.method)));
    return;
  }
  const timeout = timeoutOf(header.Timeout, route.kind === "unary");
  if (typeof timeout !== "number") {
    exchange.reply(errorReply(writer, request, timeout));
    return;
  }
  const call = new ServerCall(route, exchange, writer, request);
  route.owner.enter();
  route.owner.watch(call);
  call.begin(timeout);
}

/**
 * Whether a request names this service, or none, as those of 2016. The registry is a hint: after a service left, another
 * may listen on its port while callers still have the old record.
 */
function isMeantFor(service: string, header: Header): boolean {
  const named = header["Micro-Service"] || header["Micro-Target"];
  return !named || named === service;
}

function wrongService(service: string): MicroError {
  const detail = "another service is served here: ask the registry again";
  return new MicroError(service, 421, detail, { reason: "wrong_service", notProcessed: true });
}

/** With what the answers to a request are written. */
interface Writer {
  readonly protocol: Protocol;
  readonly codec: Codec;
  readonly header: Header;
}

function errorReply({ protocol, codec, header }: Writer, head: ReplyHead, error: MicroError): Message {
  return protocol.writeError(codec, header, head, JSON.stringify(error));
}

/** A call that came over a transport. */
class ServerCall extends CallContext implements Arrival, StreamEnds {
  onEnd: (() => void) | undefined = undefined;
  private readonly exchange: ServerExchange;
  private readonly writer: Writer;
  private readonly request: IncomingRequest;
  private readonly served: ServedMethod;
  private replyId: unknown;
  private next: Promise<Message | undefined> | undefined = undefined;
  private started = false;
  private ended = false;

  constructor(served: ServedMethod, exchange: ServerExchange, writer: Writer, request: IncomingRequest) {
    super(served, metadataOf(exchange.request.header), undefined, exchange.remoteAddress);
    this.served = served;
    this.exchange = exchange;
    this.writer = writer;
    this.request = request;
    this.replyId = request.id;
    exchange.onAbort = this;
  }

  /** Asks to be let in. Its time runs from now on, whether it waits or works. */
  begin(timeoutMs: number): void {
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.expiry = -timeoutMs;
      deadlines.add(this);
    }
    try {
      this.served.admit(this);
    } catch (error) {
      this.fail(error);
    }
  }

  run(): void {
    if (this.ended || this.started) return;
    this.started = true;
    try {
      if (this.served.kind === "unary") this.runUnary();
      else this.runStream();
    } catch (error) {
      this.fail(error);
    }
  }

  private runUnary(): void {
    this.input = this.opening();
    const answer = this.served.run(this);
    if (!isPromise(answer)) {
      this.succeed(answer);
      return;
    }
    answer.then(
      (value) => this.succeed(value),
      (error) => this.fail(error),
    );
  }

  private runStream(): void {
    // Asked for at once: until somebody receives, a half-close of the caller looks as if it had left.
    this.next = this.exchange.receive();
    this.next.catch(() => {});
    runStream(this.served, this, this).then(
      () => this.end(this.writer.protocol.writeError(this.writer.codec, this.writer.header, this.request, endOfStream)),
      (error) => this.fail(error),
    );
  }

  opening(): unknown {
    return this.request.value(this.route.options.input);
  }

  async receive(): Promise<unknown> {
    const message = await (this.next ?? this.exchange.receive());
    this.next = undefined;
    if (message === undefined) return undefined;
    const request = this.writer.protocol.readRequest(this.writer.codec, message);
    if (request.isEnd) return undefined;
    this.replyId = request.id;
    return request.value(this.route.options.input);
  }

  send(item: unknown): Promise<void> {
    if (this.ended) return Promise.reject(this.cancellation.reason ?? deadlineExceeded());
    return this.exchange.send(this.answer({ method: this.request.method, id: this.replyId }, item));
  }

  private succeed(value: unknown): void {
    if (this.ended) return;
    let reply: Message;
    try {
      reply = this.answer(this.request, singleAnswer(this.route, value));
    } catch (error) {
      this.fail(error);
      return;
    }
    this.end(reply);
  }

  /** Answers with an error and ends the call; after the end it does nothing. */
  fail(error: unknown): void {
    if (!this.ended) this.end(errorReply(this.writer, this.request, MicroError.from(error, this.service)));
  }

  refuse(error: MicroError): void {
    if (this.ended) return;
    this.leave();
    this.exchange.refuse(error);
    this.onEnd?.();
  }

  override expire(): void {
    const error = deadlineExceeded();
    super.abort(error);
    this.fail(error);
  }

  /** The caller is gone, or the service stops. An answer that still comes is sent where it can be. */
  override abort(reason: unknown): void {
    super.abort(reason);
    if (!this.started || this.served.kind !== "unary") this.fail(reason);
  }

  override cancel(reason: unknown): void {
    super.cancel(reason);
    this.fail(reason);
  }

  private answer(head: ReplyHead, value: unknown): Message {
    const { protocol, codec, header } = this.writer;
    return protocol.writeReply(codec, header, head, value, this.route.options.output);
  }

  private end(message: Message): void {
    if (this.ended) return;
    this.leave();
    this.exchange.reply(message);
    this.onEnd?.();
  }

  private leave(): void {
    this.ended = true;
    deadlines.delete(this);
    this.exchange.onAbort = undefined;
    this.release();
  }
}

const headers = new Map<string, Header>();

// The same object for every reply of a content type, so that a transport can keep what it made of it.
function replyHeader(contentType: string): Header {
  let header = headers.get(contentType);
  if (header === undefined) {
    header = Object.freeze(Object.assign(Object.create(null), { "Content-Type": contentType })) as Header;
    if (headers.size < 100) headers.set(contentType, header);
  }
  return header;
}

function codecFor(target: CallTarget, protocol: Protocol, contentType: string): Codec {
  const codec = target.codec(contentType);
  if (codec !== undefined && protocol.supports(codec)) return codec;
  throw new MicroError(target.name, 415, "unsupported content type", { notProcessed: true });
}

/** The 404 of a method that a service does not have, with the words of go-micro; it does not repeat what came. */
export function unknownMethod(service: string, method: string): MicroError {
  const isWellFormed = /^[^.]+\.[^.]+$/.test(method);
  if (isWellFormed) return notFound(service, "rpc: can't find method", { reason: "unknown_method" });
  return notFound(service, "rpc: service/method request ill-formed", { reason: "unknown_method" });
}

const defaultTimeoutMs = 30_000;
const maxTimeoutMs = 3_600_000;
let lastTimeoutText: string | undefined;
let lastTimeoutMs = 0;

/** The time a `Timeout` header leaves, which is decimal nanoseconds, or the error it gets. */
function timeoutOf(text: string | undefined, isUnary: boolean): number | MicroError {
  if (text === undefined) return isUnary ? defaultTimeoutMs : Number.POSITIVE_INFINITY;
  // Most calls of a client come with the same timeout.
  if (text === lastTimeoutText) return lastTimeoutMs;
  if (!/^-?\d{1,30}$/.test(text)) return badRequest("go.micro.server", "invalid Timeout header");
  const timeoutMs = Number(text) / 1e6;
  if (timeoutMs <= 0) return deadlineExceeded();
  lastTimeoutText = text;
  lastTimeoutMs = Math.min(timeoutMs, maxTimeoutMs);
  return lastTimeoutMs;
}

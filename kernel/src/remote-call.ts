import type { ClientHost } from "./client-core.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Codec } from "./codec.ts";
import { clientErrorId, MicroError } from "./errors.ts";
import type { Attempt } from "./hooks.ts";
import type { Header, Message } from "./message.ts";
import type { Metadata } from "./metadata.ts";
import { endOfStream, errorFromWire, type Protocol } from "./protocol.ts";
import { isAsyncIterable } from "./served-method.ts";
import { type ClientStream, iterate } from "./stream.ts";
import type { ClientExchange, Connection } from "./transport.ts";

/** Tries a call on one node: connection, request, reply. */
export async function callRemote(host: ClientHost, attempt: Attempt): Promise<unknown> {
  const { request } = attempt;
  const contentType = request.options.contentType ?? host.contentType;
  const codec = host.codec(contentType);
  const header = headerFor(request, contentType, attempt.number);
  const message = host.protocol.writeRequest(codec, header, request.route.method, 0, request.input, undefined);
  const connection = await dial(host, attempt);
  try {
    const { error, value } = host.protocol.readReply(codec, await connection.roundTrip(message, request));
    if (error === undefined) return value(undefined);
    // A go-micro server that cannot tell what a request wants says so in plain words and closes the connection behind
    // them: whoever used it next would write into nothing.
    if (MicroError.parse(error).code === 0) connection.retire?.();
    throw errorFromWire(error);
  } finally {
    connection.close();
  }
}

/** Tries to open a stream on one node. */
export async function openRemote(host: ClientHost, attempt: Attempt): Promise<ClientStream> {
  const { request } = attempt;
  const contentType = request.options.contentType ?? host.contentType;
  const codec = host.codec(contentType);
  const header = headerFor(request, contentType, attempt.number);
  // The first message opens the stream; servers of 2016 look at nothing but its method.
  const opening = isAsyncIterable(request.input) ? {} : (request.input ?? {});
  const message = host.protocol.writeRequest(codec, header, request.route.method, 0, opening, undefined);
  const connection = await dial(host, attempt);
  const exchange = connection.open(message, request);
  return new RemoteStream(host.protocol, codec, header, request.route.method, connection, exchange);
}

function dial(host: ClientHost, { request, node }: Attempt): Connection | Promise<Connection> {
  return host.dial({ address: node.address, deadline: request.deadline, cancellation: request.cancellation });
}

interface HeaderMemo {
  readonly metadata: Metadata;
  readonly contentType: string;
  readonly timeoutMs: number;
  readonly header: Header;
}

const memos = new WeakMap<Metadata, HeaderMemo>();

/**
 * The headers of a request. Calls that carry the same metadata and the whole of the same timeout get the same object,
 * so that a transport can keep what it made of it.
 */
function headerFor(request: ClientRequest, contentType: string, attempt: number): Header {
  const { metadata, timeoutMs } = request;
  if (timeoutMs === 0 || attempt > 1) return createHeader(metadata, contentType, remainingMs(request));
  const memo = memos.get(metadata);
  if (memo !== undefined && memo.timeoutMs === timeoutMs && memo.contentType === contentType) return memo.header;
  const header = createHeader(metadata, contentType, timeoutMs);
  memos.set(metadata, { metadata, contentType, timeoutMs, header });
  return header;
}

function remainingMs(request: ClientRequest): number {
  const { deadline } = request;
  return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(1, deadline - performance.now());
}

function createHeader(metadata: Metadata, contentType: string, timeoutMs: number): Header {
  const header = Object.assign(Object.create(null), metadata) as Record<string, string>;
  if (timeoutMs !== Number.POSITIVE_INFINITY) header["Timeout"] = String(Math.round(timeoutMs * 1e6));
  header["Content-Type"] = contentType;
  return Object.freeze(header);
}

// What go-micro 2016 sends when its stream met our half-close.
const endOfFile = "EOF";

/** The caller's end of a stream over a transport. */
class RemoteStream implements ClientStream {
  private readonly protocol: Protocol;
  private readonly codec: Codec;
  private readonly header: Header;
  private readonly method: string;
  private readonly connection: Connection;
  private readonly exchange: ClientExchange;
  private nextId = 1;
  private endSent = false;
  private finished = false;

  constructor(
    protocol: Protocol,
    codec: Codec,
    header: Header,
    method: string,
    connection: Connection,
    exchange: ClientExchange,
  ) {
    this.protocol = protocol;
    this.codec = codec;
    this.header = header;
    this.method = method;
    this.connection = connection;
    this.exchange = exchange;
  }

  send(item: unknown): Promise<void> {
    if (this.finished || this.endSent) return Promise.reject(closedStream(this.method));
    const id = this.nextId++;
    return this.exchange.send(this.protocol.writeRequest(this.codec, this.header, this.method, id, item, undefined));
  }

  end(): void {
    if (this.endSent) return;
    this.endSent = true;
    this.exchange.end();
  }

  async receive(): Promise<unknown> {
    if (this.finished) return undefined;
    try {
      const message = await this.exchange.receive();
      const item = this.read(message);
      if (item === undefined) this.close();
      return item;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    if (this.finished) return;
    this.finished = true;
    this.exchange.close();
    this.connection.close();
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    return iterate(this);
  }

  private read(message: Message | undefined): unknown {
    if (message === undefined) throw brokenOff(this.method);
    const { error, value } = this.protocol.readReply(this.codec, message);
    if (error === undefined) return value(undefined);
    if (error === endOfStream || (error === endOfFile && this.endSent)) return undefined;
    throw errorFromWire(error);
  }
}

function closedStream(method: string): MicroError {
  return new MicroError(clientErrorId, 500, `${method}: the stream is closed`, { reason: "stream_closed" });
}

// A stream says when it ends. One that just stops may have lost items, and that must never look like an end.
function brokenOff(method: string): MicroError {
  return new MicroError(clientErrorId, 500, `${method}: the connection closed before the stream ended`, {
    reason: "connection_lost",
  });
}

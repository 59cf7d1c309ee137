import type { ClientHost } from "./client-core.ts";
import type { ClientRequest } from "./client-request.ts";
import { clientErrorId, MicroError } from "./errors.ts";
import type { Header, Message } from "./message.ts";
import type { Metadata } from "./metadata.ts";
import { endOfStream, errorFromWire, type IncomingReply } from "./protocol.ts";
import { isAsyncIterable } from "./served-method.ts";
import { type ClientStream, iterate } from "./stream.ts";
import type { ClientExchange, Connection } from "./transport.ts";

/** Makes or takes the connection for one try. */
export type Connect = () => Connection | Promise<Connection>;

/** Tries a call: connection, request, reply. */
export async function callRemote(
  host: ClientHost,
  request: ClientRequest,
  attempt: number,
  connect: Connect,
): Promise<unknown> {
  const { protocol } = host;
  const contentType = request.options.contentType ?? host.contentType;
  const codec = host.codec(contentType);
  const header = headerFor(request, contentType, attempt);
  const message = protocol.writeRequest(codec, header, request.route.method, 0, request.input, undefined);
  const connection = await connect();
  try {
    const { error, value } = protocol.readReply(codec, await connection.roundTrip(message, request));
    if (error === undefined) return value(undefined);
    // A go-micro server that cannot tell what a request wants says so in plain words and closes the connection behind
    // them: whoever used it next would write into nothing.
    if (MicroError.parse(error).code === 0) connection.retire?.();
    throw errorFromWire(error);
  } finally {
    connection.close();
  }
}

/** Tries to open a stream. */
export async function openRemote(
  host: ClientHost,
  request: ClientRequest,
  attempt: number,
  connect: Connect,
): Promise<ClientStream> {
  const contentType = request.options.contentType ?? host.contentType;
  const codec = host.codec(contentType);
  const header = headerFor(request, contentType, attempt);
  const writer: ItemWriter = (id, item) =>
    host.protocol.writeRequest(codec, header, request.route.method, id, item, undefined);
  const reader: ItemReader = (message) => host.protocol.readReply(codec, message);
  // The first message opens the stream; servers of 2016 look at nothing but its method.
  const opening = writer(0, isAsyncIterable(request.input) ? {} : (request.input ?? {}));
  const connection = await connect();
  return new RemoteStream(request.route.method, writer, reader, connection, connection.open(opening, request));
}

type ItemWriter = (id: number, item: unknown) => Message;
type ItemReader = (message: Message) => IncomingReply;

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
  private readonly method: string;
  private readonly write: ItemWriter;
  private readonly readReply: ItemReader;
  private readonly connection: Connection;
  private readonly exchange: ClientExchange;
  private nextId = 1;
  private endSent = false;
  private finished = false;

  constructor(
    method: string,
    write: ItemWriter,
    readReply: ItemReader,
    connection: Connection,
    exchange: ClientExchange,
  ) {
    this.method = method;
    this.write = write;
    this.readReply = readReply;
    this.connection = connection;
    this.exchange = exchange;
  }

  send(item: unknown): Promise<void> {
    if (this.finished || this.endSent) return Promise.reject(closedStream(this.method));
    return this.exchange.send(this.write(this.nextId++, item));
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
    const { error, value } = this.readReply(message);
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

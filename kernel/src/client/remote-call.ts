import {
  attemptHeader,
  bodyLength,
  clientErrorId,
  endOfStream,
  errorFromWire,
  type Header,
  type IncomingReply,
  invalidResponse,
  Malformed,
  type Message,
  type Metadata,
  MicroError,
  mucp,
  type OutgoingRequest,
  protocolOfNode,
} from "@micro/wire";
import type { Attempt } from "../contracts/hooks.ts";
import type { ClientExchange, Connection } from "../contracts/transport.ts";
import { isAsyncIterable } from "../server/served-method.ts";
import type { MethodOptions } from "../server/service.ts";
import type { ClientHost } from "./client-core.ts";
import type { ClientRequest } from "./client-request.ts";
import { type ClientStream, iterate } from "./stream.ts";

/** What one try goes to. */
export interface Target {
  /** The metadata of the node, which says what it speaks. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` within the kernel. */
  readonly attempt: Attempt | undefined;
  /** The schemas of request and answer, for codecs that need one. */
  readonly schemas: MethodOptions;
  /** Makes or takes a connection. */
  connect(): Connection | Promise<Connection>;
}

/** Who sends: a kernel's client, and what it remembers of the headers for one service. */
export interface Sender {
  readonly host: ClientHost;
  readonly headers: HeaderMemos;
}

/** Tries a call: connection, request, reply. */
export async function callRemote(sender: Sender, request: ClientRequest, target: Target): Promise<unknown> {
  const writer = createWriter(sender, request, target);
  const message = writer.write(0, request.input);
  const connection = await target.connect();
  const isReused = connection.exchanges > 0;
  try {
    const { error, id, value } = writer.read(await connection.roundTrip(message, target.attempt?.limits ?? request));
    if (isOfAnother(id)) {
      // Whatever comes next on this connection would be the answer to something else, too.
      connection.retire?.();
      throw invalidResponse(new Malformed("it has the id of another request"));
    }
    if (error === undefined) return value(target.schemas.output);
    // A go-micro server that cannot tell what a request wants says so in plain words and closes the connection behind
    // them: whoever used it next would write into nothing.
    if (MicroError.parse(error).code === 0) connection.retire?.();
    throw errorFromWire(error);
  } catch (error) {
    if (target.attempt !== undefined) target.attempt.sent = { isReused, bytes: bodyLength(message.body) };
    throw error;
  } finally {
    connection.close();
  }
}

// A call has the id 0. Peers that answer with something other than a number are not wrong by that.
function isOfAnother(id: unknown): boolean {
  return (typeof id === "number" && id !== 0) || (typeof id === "bigint" && id !== 0n);
}

/** Tries to open a stream. */
export async function openRemote(sender: Sender, request: ClientRequest, target: Target): Promise<ClientStream> {
  const writer = createWriter(sender, request, target);
  // The first message opens the stream; servers look at nothing but its method.
  const opening = writer.write(0, isAsyncIterable(request.input) ? undefined : request.input);
  const connection = await target.connect();
  const exchange = connection.open(opening, target.attempt?.limits ?? request);
  return new RemoteStream(request.route.method, target.schemas.output, writer, connection, exchange);
}

/** How the messages of one exchange are written and read. */
interface Writer {
  write(id: number, value: unknown): Message;
  /** The message that says that no more items follow; `undefined` where the half-close says it. */
  end(): Message | undefined;
  read(message: Message): IncomingReply;
}

let exchanges = 0;

function createWriter({ host, headers }: Sender, request: ClientRequest, target: Target): Writer {
  const { metadata, attempt, schemas } = target;
  const { service, method, stream } = request.route;
  const contentType = request.options.contentType ?? host.contentType;
  const codec = host.codec(contentType);
  const protocol = protocolOfNode(metadata, codec);
  // An envelope of 2016 does not say which service is meant. Only servers of ours look at a header that does.
  const named = protocol !== mucp && metadata.server === "rpc" && metadata.protocol === mucp.name ? service : undefined;
  const header = headerFor(headers, request, contentType, named, attempt?.number ?? 1);
  const outgoing: OutgoingRequest = { header, service, method, exchange: exchanges++, stream };
  return {
    write: (id, value) => protocol.writeRequest(codec, outgoing, id, value, schemas.input),
    end: () => protocol.writeEnd?.(outgoing),
    read: (message) => protocol.readReply(codec, message),
  };
}

/** The headers that requests to one service had last, by the metadata that they carry. */
export type HeaderMemos = WeakMap<Metadata, HeaderMemo>;

interface HeaderMemo {
  readonly contentType: string;
  readonly timeoutMs: number;
  readonly named: string | undefined;
  readonly header: Header;
}

/**
 * The headers of a request. Calls of a service that carry the same metadata and the whole of the same timeout get the
 * same object, so that a transport can keep what it made of it.
 */
function headerFor(
  memos: HeaderMemos,
  request: ClientRequest,
  contentType: string,
  named: string | undefined,
  number: number,
): Header {
  const { timeoutMs } = request;
  const metadata = number === 1 ? request.metadata : { ...request.metadata, [attemptHeader]: String(number) };
  if (timeoutMs === 0 || number > 1) return createHeader(metadata, contentType, remainingMs(request), named);
  const memo = memos.get(metadata);
  if (memo?.timeoutMs === timeoutMs && memo.contentType === contentType && memo.named === named) return memo.header;
  const header = createHeader(metadata, contentType, timeoutMs, named);
  memos.set(metadata, { contentType, timeoutMs, named, header });
  return header;
}

function remainingMs(request: ClientRequest): number {
  const { deadline } = request;
  return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(1, deadline - performance.now());
}

function createHeader(metadata: Metadata, contentType: string, timeoutMs: number, named?: string): Header {
  const header = Object.assign(Object.create(null), metadata) as Record<string, string>;
  if (named !== undefined) header["Micro-Target"] = named;
  if (timeoutMs !== Number.POSITIVE_INFINITY) header.Timeout = String(Math.round(timeoutMs * 1e6));
  header["Content-Type"] = contentType;
  return Object.freeze(header);
}

// What go-micro 2016 sends when its stream met our half-close.
const endOfFile = "EOF";

/** The caller's end of a stream over a transport. */
class RemoteStream implements ClientStream {
  private readonly method: string;
  private readonly schema: unknown;
  private readonly writer: Writer;
  private readonly connection: Connection;
  private readonly exchange: ClientExchange;
  private nextId = 1;
  private endSent = false;
  private finished = false;

  constructor(method: string, schema: unknown, writer: Writer, connection: Connection, exchange: ClientExchange) {
    this.method = method;
    this.schema = schema;
    this.writer = writer;
    this.connection = connection;
    this.exchange = exchange;
  }

  send(item: unknown): Promise<void> {
    if (this.finished || this.endSent) return Promise.reject(closedStream(this.method));
    return this.exchange.send(this.writer.write(this.nextId++, item));
  }

  end(): void {
    if (this.endSent) return;
    this.endSent = true;
    const end = this.writer.end();
    if (end === undefined) this.exchange.end();
    // Whether it arrives shows in what is received.
    else this.exchange.send(end).catch(() => {});
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
    const { error, value } = this.writer.read(message);
    if (error === undefined) return value(this.schema);
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

import type { Abortable, Limits } from "@micro/limits";
import type { Message, MicroError } from "@micro/wire";

/**
 * Carries messages between two addresses. It works at the level of an *exchange*: one request and one reply, or
 * a stream of messages both ways. So HTTP as go-micro uses it (one exchange at a time on a connection) and
 * multiplexed transports stand behind one interface.
 */
export interface Transport {
  /** The name that a node says in its `transport` metadata, `http`. */
  readonly name: string;
  /** Whether one connection carries many exchanges at once. */
  readonly multiplexed: boolean;
  /**
   * Opens a connection to `host:port`.
   *
   * What looks names up does so with {@link lookupNode}; an address that no node has never comes here.
   *
   * @throws MicroError 500 with reason `dial_failed` and `notProcessed` when nobody answers there, 408 with
   *   `notProcessed` when the deadline passed first.
   */
  dial(address: string, limits: Limits): Promise<Connection>;
  /**
   * Listens and hands every exchange to `accept`, which must not throw.
   *
   * @throws MicroError that names the address when it is in use or not ours.
   */
  listen(options: ListenOptions, accept: (exchange: ServerExchange) => void): Promise<Listener>;
}

/** Where and within which limits a server listens. */
export interface ListenOptions {
  /**
   * `host:port`, `:port` for every interface, port 0 for a free one, `host:8000-8010` for the first free one of
   * a range.
   */
  readonly address: string;
}

/** A listening socket. */
export interface Listener {
  /** What was bound, `host:port`; the host is as it was asked for, `0.0.0.0` or `[::]` included. */
  readonly address: string;
  /** Stops accepting connections; those there are stay. Idempotent. */
  pause(): Promise<void>;
  /** Closes every connection that has no exchange, then waits for the others until they end or `destroy()`. Idempotent. */
  close(): Promise<void>;
  /** Closes everything at once. Idempotent. */
  destroy(): void;
}

/** The client's end of a connection. */
export interface Connection {
  readonly address: string;
  /**
   * Whether another exchange may start. False once it is closed or broken, while one is under way on a transport
   * that is not multiplexed, and after bytes came that nobody asked for. A pool asks before each use.
   */
  readonly usable: boolean;
  /** How many exchanges were started on it. Above 0 a lost connection may have been closed by an idle peer. */
  readonly exchanges: number;
  /**
   * Sends a request and waits for its reply.
   *
   * @throws MicroError 408 at the deadline or when cancelled (the connection is then not usable, so that a late
   *   reply can never be taken for the next one's), 500 with reason `connection_lost` when the peer went away,
   *   502 when what came is no reply, and whatever the peer refused the exchange with.
   */
  roundTrip(message: Message, limits: Limits): Promise<Message>;
  /** Starts an exchange of many messages and sends the first one. On HTTP the connection is the stream's alone. */
  open(message: Message, limits: Limits): ClientExchange;
  /** Called once when it closed, for whichever reason. A second listener replaces the first. */
  onClose: (() => void) | undefined;
  /**
   * Says that it must not carry another exchange, as the peer is about to close it. A pool then closes what it would
   * have kept; where there is none, `close()` does all that is needed.
   */
  retire?(): void;
  /** Ends it; what is under way is lost. Idempotent. */
  close(): void;
}

/** The client's end of a stream. */
export interface ClientExchange {
  /**
   * Sends a message; resolves when there is room for the next one.
   *
   * @throws MicroError with reason `connection_lost` when the peer is gone.
   */
  send(message: Message): Promise<void>;
  /** Says that no more messages follow; replies still come. Idempotent. */
  end(): void;
  /** The next message of the peer, `undefined` after its last one. One call at a time. */
  receive(): Promise<Message | undefined>;
  /** Ends both directions and frees the connection. Idempotent. */
  close(): void;
}

/**
 * The server's end of an exchange. Whoever accepts it decides by the request what it is: it calls {@link reply}
 * once for a call, or {@link receive} and {@link send} and at last {@link reply} for a stream.
 */
export interface ServerExchange {
  /** The first message. */
  readonly request: Message;
  /** The address of the peer, for logs: `10.0.0.7:51234`. */
  readonly remoteAddress: string;
  /** Told when the peer goes away or breaks the protocol before the exchange ended. Set it before anything awaits. */
  onAbort: Abortable | undefined;
  /** The next message of the peer, `undefined` after its half-close. One call at a time. */
  receive(): Promise<Message | undefined>;
  /** Sends one message of a stream; resolves when there is room for the next one, at once when the peer is gone. */
  send(message: Message): Promise<void>;
  /** Sends the reply, or the last message of a stream, and ends the exchange. Later calls do nothing. */
  reply(message: Message): void;
  /**
   * Ends the exchange with an error that belongs to no envelope, because the request could not be understood or
   * was not looked at, and closes the connection: on HTTP the error's code as the status and its JSON as the body,
   * with `Micro-Not-Processed: 1` when it says so, and `Retry-After` when it names a time.
   */
  refuse(error: MicroError): void;
}

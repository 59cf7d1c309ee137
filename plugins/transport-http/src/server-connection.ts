import type { Socket } from "node:net";
import { type Message, MicroError, type ServerExchange } from "@micro/kernel";
import { formatAddress } from "./address.ts";
import { DrainGate, noWait } from "./drain-gate.ts";
import { clientClosed, clientLost, serverErrorId, stopping } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { faults } from "./fault.ts";
import { headerBlock } from "./header-block.ts";
import { HttpServerExchange } from "./http-server-exchange.ts";
import { Inbox } from "./inbox.ts";
import { MessageReader } from "./message-reader.ts";
import type { HttpLimits } from "./options.ts";
import { stallBytes } from "./stall-bytes.ts";
import { wasReset } from "./was-reset.ts";
import { lastReplyPrefix, replyPrefix, writeError, writeMessage } from "./write-message.ts";

/** What a connection needs of its listener. */
export interface ServerConnectionHost {
  readonly limits: HttpLimits;
  /** Milliseconds that pass in steps of {@link sweepMs}; above 0. */
  readonly clock: number;
  readonly sweepMs: number;
  /** Whether each connection ends with its exchange. */
  readonly isClosing: boolean;
  /** Whether the process did nothing for a while until just now; asked when bytes come. */
  wasStill(): boolean;
  readonly accept: (exchange: ServerExchange) => void;
}

// How long a peer has to read our last words before the connection is cut.
const lingerMs = 1000;

/**
 * The server's end of a connection. One exchange has the turn; requests that come meanwhile wait, and are the
 * messages of that exchange once its handler treats it as a stream.
 *
 * What came and was not looked at stands in the reader, messages that wait in the inbox. {@link #pump} moves them
 * on whenever something changed, and stops the socket while they may not move.
 */
export class ServerConnection {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #host: ServerConnectionHost;
  readonly #reader: MessageReader;
  readonly #inbox: Inbox;
  readonly #gate = new DrainGate();
  #exchange: HttpServerExchange | undefined = undefined;
  #isStream = false;
  #isAborted = false;
  #isPumping = false;
  /** The peer said that no request follows the one that was read last. */
  #isLast = false;
  #peerEnded = false;
  /** Nothing more is read or written; what was written is on its way out. */
  #isShut = false;
  #idleSince: number;
  #partialSince = 0;
  #lingerSince = 0;
  #stallSince = 0;
  #stalledAt = 0;

  /** Takes over a socket that was just accepted. */
  constructor(socket: Socket, host: ServerConnectionHost) {
    const { limits } = host;
    this.remoteAddress = formatAddress(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    this.#socket = socket;
    this.#host = host;
    this.#reader = new MessageReader("request", limits);
    this.#inbox = new Inbox(limits.maxPipelined, limits.maxPipelinedBytes);
    this.#idleSince = host.clock;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("drain", () => this.#onDrain());
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => this.#onLost(error));
    socket.on("close", () => this.#onLost(undefined));
  }

  /** The next message of a stream. */
  receive(exchange: HttpServerExchange): Promise<Message | undefined> {
    if (exchange !== this.#exchange) return Promise.resolve(undefined);
    this.#isStream = true;
    const next = this.#inbox.take();
    this.#pump();
    return next;
  }

  /** A message of a stream. */
  send(exchange: HttpServerExchange, message: Message): Promise<void> {
    if (exchange !== this.#exchange || this.#isShut) return noWait;
    this.#isStream = true;
    try {
      const hasRoom = writeMessage(this.#socket, replyPrefix, headerBlock(message.header), message.body);
      return hasRoom ? noWait : this.#gate.wait();
    } catch (error) {
      return Promise.reject(error as MicroError);
    }
  }

  /** The reply of a call, the last message of a stream. A stream's connection ends: what it still sends are no requests. */
  reply(exchange: HttpServerExchange, message: Message): void {
    if (exchange !== this.#exchange || this.#isShut) return;
    const block = this.#blockOf(exchange, message);
    if (block === undefined) return;
    const isLast = this.#isStream || this.#host.isClosing || this.#endsWithThis();
    writeMessage(this.#socket, isLast ? lastReplyPrefix : replyPrefix, block, message.body);
    this.#endExchange();
    if (isLast) this.#shut();
    else this.#pump();
  }

  /** An error instead of a reply; the last word on the connection. */
  refuse(exchange: HttpServerExchange, error: MicroError): void {
    if (exchange !== this.#exchange || this.#isShut) return;
    writeError(this.#socket, error);
    this.#endExchange();
    this.#shut();
  }

  /**
   * The listener closes: a connection without an exchange ends now. One that is in a request may finish it.
   *
   * A request may just be on its way. To its caller, what is said here is the answer to it, and it did not run; to who sent
   * none these are bytes that nobody asked for, upon which a client closes the connection.
   */
  closeIfIdle(): void {
    if (this.#isShut || this.#exchange !== undefined || this.#reader.phase !== "idle") return;
    writeError(this.#socket, stopping());
    this.#shut();
  }

  /** Ends it at once, and tells the exchange. */
  destroy(): void {
    this.#socket.destroy();
    this.#onLost(undefined);
  }

  /** Looks whether the peer takes too long. Called by the listener once per step of its clock. */
  sweep(): void {
    const { limits } = this.#host;
    if (this.#isStalled(limits.writeStallMs)) this.#socket.destroy();
    else if (this.#isShut) this.#sweepLinger();
    else if (this.#reader.phase !== "idle") this.#sweepPartial(limits);
    else if (this.#exchange === undefined && this.#isOver(this.#idleSince, limits.idleTimeoutMs)) this.#shut();
  }

  #onData(chunk: Buffer): void {
    if (this.#isShut) return;
    // Who sent this while we stood still may have given up and asked somebody else: nobody waits for the answer.
    if (this.#host.wasStill() && wasReset(this.#socket)) {
      this.#socket.destroy(new Error("the connection was reset"));
      return;
    }
    this.#reader.push(chunk);
    this.#pump();
  }

  #onDrain(): void {
    this.#gate.open();
    this.#pump();
  }

  // A caller of a unary method that leaves does not want the answer; that of a stream just has no more to say.
  #onEnd(): void {
    if (wasReset(this.#socket)) {
      this.#socket.destroy(new Error("the connection was reset"));
      return;
    }
    this.#peerEnded = true;
    if (!this.#isStream) this.#abort(clientClosed());
    this.#pump();
  }

  #onLost(cause: Error | undefined): void {
    this.#isShut = true;
    const error = clientLost(cause);
    this.#inbox.fail(error);
    this.#gate.open();
    this.#abort(error);
  }

  /** Runs until nothing can move. Handlers that reply at once call it again from within; the loop goes on for them. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isShut && (this.#exchange === undefined ? this.#startNext() : this.#readAhead()));
    this.#isPumping = false;
  }

  #startNext(): boolean {
    // A peer that takes no replies gets no more of its requests executed.
    if (this.#socket.writableNeedDrain) return this.#pause();
    const request = this.#inbox.isEmpty ? this.#read() : this.#inbox.shift();
    if (request === undefined) return this.#onReadAll();
    this.#begin(request);
    return true;
  }

  #readAhead(): boolean {
    if (this.#inbox.isFull) return this.#pause();
    const message = this.#read();
    if (message === undefined) return this.#onReadAll();
    this.#inbox.push(message);
    return true;
  }

  #read(): Message | undefined {
    if (this.#isLast && !this.#isStream) return undefined;
    const message = this.#reader.read();
    if (message === undefined) return undefined;
    this.#partialSince = 0;
    this.#isLast = this.#reader.close;
    return message;
  }

  #begin(request: Message): void {
    const exchange = new HttpServerExchange(request, this);
    this.#exchange = exchange;
    this.#isStream = this.#isAborted = false;
    try {
      this.#host.accept(exchange);
    } catch (error) {
      this.refuse(exchange, MicroError.from(error, serverErrorId));
    }
    if (this.#peerEnded && this.#exchange === exchange && !this.#isStream) this.#abort(clientClosed());
  }

  #pause(): false {
    this.#socket.pause();
    return false;
  }

  /** Everything that came was looked at. */
  #onReadAll(): false {
    const isWaiting = this.#exchange !== undefined && !this.#isStream;
    // What a peer says ahead of its turn is judged when the turn comes.
    if (this.#reader.fault !== undefined) return isWaiting ? false : this.#refuseFault(this.#reader.fault);
    if (this.#isLast && !this.#isStream && this.#reader.phase !== "idle") return this.#pause();
    if (this.#peerEnded) return isWaiting ? false : this.#onReadLast();
    if (this.#socket.isPaused()) this.#resume();
    if (this.#reader.phase !== "idle") this.#onPartial(isWaiting);
    return false;
  }

  #resume(): void {
    this.#partialSince = 0;
    this.#socket.resume();
  }

  #onPartial(isWaiting: boolean): void {
    if (this.#partialSince === 0) this.#partialSince = this.#host.clock;
    if (isWaiting || !this.#reader.expectsContinue) return;
    this.#reader.expectsContinue = false;
    this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  #onReadLast(): false {
    this.#reader.end();
    if (this.#reader.fault !== undefined) return this.#refuseFault(this.#reader.fault);
    if (this.#exchange === undefined) this.#shut();
    else this.#inbox.end();
    return false;
  }

  /** The peer broke the protocol: the exchange it did that in is over for both. */
  #refuseFault(fault: Fault): false {
    const error = new MicroError(serverErrorId, fault.status, fault.phrase);
    writeError(this.#socket, error);
    this.#inbox.fail(error);
    this.#abort(error);
    this.#shut();
    return false;
  }

  #abort(error: MicroError): void {
    if (this.#exchange === undefined || this.#isAborted) return;
    this.#isAborted = true;
    this.#exchange.onAbort?.abort(error);
  }

  #blockOf(exchange: HttpServerExchange, message: Message): string | undefined {
    try {
      return headerBlock(message.header);
    } catch (error) {
      // The handler's mistake, not the caller's; and an exchange must end.
      this.refuse(exchange, new MicroError(serverErrorId, 500, (error as Error).message, { cause: error }));
      return undefined;
    }
  }

  #endsWithThis(): boolean {
    if (this.#isLast) return this.#inbox.isEmpty;
    return this.#peerEnded && this.#inbox.isEmpty && this.#reader.phase === "idle";
  }

  #endExchange(): void {
    this.#exchange = undefined;
    this.#idleSince = this.#host.clock;
    this.#partialSince = 0;
    if (!this.#isStream) return;
    this.#inbox.end();
    this.#gate.open();
  }

  /**
   * Half-closes after what was written, and drops what still comes: a full close with unread bytes would become a
   * reset, and that could overtake the answer (RFC 9112 §9.6).
   */
  #shut(): void {
    this.#isShut = true;
    this.#socket.end();
    this.#socket.resume();
  }

  #sweepLinger(): void {
    if (!this.#socket.writableFinished) return;
    if (this.#lingerSince === 0) this.#lingerSince = this.#host.clock;
    else if (this.#host.clock - this.#lingerSince >= lingerMs) this.#socket.destroy();
  }

  #sweepPartial(limits: HttpLimits): void {
    if ((this.#exchange !== undefined && !this.#isStream) || this.#socket.isPaused() || this.#partialSince === 0)
      return;
    const limitMs =
      this.#reader.phase === "head"
        ? Math.min(limits.headerTimeoutMs, limits.requestTimeoutMs)
        : limits.requestTimeoutMs;
    if (this.#isOver(this.#partialSince, limitMs)) this.#refuseFault(faults.slow);
  }

  #isStalled(limitMs: number): boolean {
    const waiting = stallBytes(this.#socket);
    if (waiting === 0 || waiting !== this.#stalledAt) {
      this.#stalledAt = waiting;
      this.#stallSince = this.#host.clock;
      return false;
    }
    return this.#isOver(this.#stallSince, limitMs);
  }

  // Marks are up to one step old when they are made, so one step more must pass: nobody is cut early.
  #isOver(since: number, limitMs: number): boolean {
    return this.#host.clock - since >= limitMs + this.#host.sweepMs;
  }
}

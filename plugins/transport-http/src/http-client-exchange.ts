import type { Socket } from "node:net";
import type { Body, ClientExchange, Limits, Message, MicroError } from "@micro/kernel";
import { Bound } from "./bound.ts";
import { DrainGate, noWait } from "./drain-gate.ts";
import { connectionLost, invalidReply } from "./errors.ts";
import { headerBlock } from "./header-block.ts";
import { Inbox } from "./inbox.ts";
import type { MessageReader } from "./message-reader.ts";
import type { HttpLimits } from "./options.ts";
import { replyError } from "./reply-error.ts";
import { resetSocket } from "./reset-socket.ts";
import { requestPrefix, writeMessage } from "./write-message.ts";

/**
 * The client's end of a stream. It has the connection for itself: requests and replies go their own ways on it,
 * and the half-close of each side says that it has no more.
 */
export class HttpClientExchange implements ClientExchange {
  readonly #address: string;
  readonly #socket: Socket;
  readonly #reader: MessageReader;
  readonly #prefix: string;
  readonly #inbox: Inbox;
  readonly #gate = new DrainGate();
  readonly #bound: Bound;
  #isEnded = false;
  #peerEnded = false;
  #failure: MicroError | undefined = undefined;
  #isClosed = false;

  constructor(address: string, socket: Socket, reader: MessageReader, limits: HttpLimits) {
    this.#address = address;
    this.#socket = socket;
    this.#reader = reader;
    this.#prefix = requestPrefix(address);
    this.#inbox = new Inbox(limits.maxPipelined, limits.maxPipelinedBytes);
    this.#bound = new Bound(this);
    socket.on("drain", () => this.#gate.open());
  }

  /** @internal Sends the first message. */
  start(block: string, body: Body, limits: Limits): void {
    this.#bound.start(limits);
    if (this.#failure === undefined) writeMessage(this.#socket, this.#prefix, block, body);
  }

  send(message: Message): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#peerEnded) return Promise.reject(connectionLost(this.#address));
    if (this.#isClosed || this.#isEnded) return Promise.reject(new TypeError("send() after end() or close()"));
    try {
      const hasRoom = writeMessage(this.#socket, this.#prefix, headerBlock(message.header), message.body);
      return hasRoom ? noWait : this.#gate.wait();
    } catch (error) {
      return Promise.reject(error as MicroError);
    }
  }

  end(): void {
    if (this.#isEnded || this.#isOver) return;
    this.#isEnded = true;
    this.#socket.end();
  }

  receive(): Promise<Message | undefined> {
    const next = this.#inbox.take();
    this.#pump();
    return next;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isClosed = true;
    this.#inbox.end();
    this.#gate.open();
    this.#finish();
  }

  /** @internal The deadline, the caller or the peer ended it. */
  fail(error: MicroError): void {
    if (this.#isOver) return;
    this.#failure = error;
    this.#inbox.fail(error);
    this.#gate.fail(error);
    this.#finish();
  }

  /** @internal */
  onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#reader.push(chunk);
    this.#pump();
  }

  /** @internal The peer's half-close. */
  onEnd(): void {
    this.#peerEnded = true;
    this.#pump();
  }

  /** @internal The connection is gone. */
  onLost(cause: Error | undefined): void {
    if (!this.#peerEnded) this.fail(connectionLost(this.#address, cause));
    this.#bound.stop();
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#failure !== undefined;
  }

  /** Moves messages from the reader to the inbox while that has room, and stops the socket when it has none. */
  #pump(): void {
    while (!this.#isOver && !this.#inbox.isFull) {
      const message = this.#reader.read();
      if (message === undefined) {
        this.#onReadAll();
        return;
      }
      this.#onMessage(message);
    }
    if (!this.#isOver) this.#socket.pause();
  }

  #onMessage(message: Message): void {
    const { status } = this.#reader;
    if (status === 200) this.#inbox.push(message);
    else this.fail(replyError(status, message));
  }

  #onReadAll(): void {
    if (this.#peerEnded) this.#onLastMessage();
    if (this.#reader.fault !== undefined) this.fail(invalidReply(this.#reader.fault.phrase));
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #onLastMessage(): void {
    const last = this.#reader.end();
    if (last !== undefined) this.#onMessage(last);
    if (this.#reader.fault !== undefined || this.#isOver) return;
    this.#inbox.end();
    this.#gate.fail(connectionLost(this.#address));
    // A server that said its last word executes nothing more, so there is nothing left to send.
    this.end();
  }

  /** Whoever is still sending learns by a reset that nobody listens. */
  #finish(): void {
    this.#bound.stop();
    if (this.#peerEnded) this.#socket.destroySoon();
    else resetSocket(this.#socket);
  }
}

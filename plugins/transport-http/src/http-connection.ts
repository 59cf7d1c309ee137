import type { Socket } from "node:net";
import type { ClientExchange, Connection, Limits, Message, MicroError } from "@micro/kernel";
import { Bound } from "./bound.ts";
import { cancelled, connectionLost, invalidReply, notUsable, replyLost } from "./errors.ts";
import { headerBlock } from "./header-block.ts";
import { HttpClientExchange } from "./http-client-exchange.ts";
import { MessageReader } from "./message-reader.ts";
import type { HttpLimits } from "./options.ts";
import { replyError } from "./reply-error.ts";
import { resetSocket } from "./reset-socket.ts";
import { wasReset } from "./was-reset.ts";
import { requestPrefix, writeMessage } from "./write-message.ts";

// A request must not cross the peer's closing on the way.
const raceMs = 1000;

/**
 * The client's end of a connection: one exchange at a time. Whatever is not exactly a request and its reply ends
 * it, so that no reply can be taken for that of another request.
 */
export class HttpConnection implements Connection {
  readonly address: string;
  exchanges = 0;
  onClose: (() => void) | undefined = undefined;

  readonly #socket: Socket;
  readonly #limits: HttpLimits;
  readonly #prefix: string;
  readonly #reader: MessageReader;
  readonly #bound: Bound;
  readonly #isSecure: boolean;
  #isOpen = true;
  #isWaiting = false;
  #hasBytes = false;
  #isUnsent = false;
  #idleUntil: number = Number.POSITIVE_INFINITY;
  #stream: HttpClientExchange | undefined = undefined;
  #resolve: (reply: Message) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** Takes over a socket that is connected and has no listeners. */
  constructor(address: string, socket: Socket, limits: HttpLimits) {
    this.address = address;
    this.#socket = socket;
    this.#limits = limits;
    this.#isSecure = "encrypted" in socket;
    this.#prefix = requestPrefix(address);
    this.#reader = new MessageReader("response", limits);
    this.#bound = new Bound(this);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => this.#onLost(error));
    socket.on("close", () => this.#onClosed());
  }

  /** Also false from a second before the peer closes an idle connection, where it said when that is. */
  get usable(): boolean {
    if (!this.#isOpen || this.#isWaiting || this.#stream !== undefined) return false;
    return this.#idleUntil === Number.POSITIVE_INFINITY || performance.now() < this.#idleUntil;
  }

  roundTrip(message: Message, limits: Limits): Promise<Message> {
    if (!this.usable) return Promise.reject(notUsable(this.address));
    if (limits.cancellation?.aborted === true) return Promise.reject(cancelled(limits.cancellation.reason, true));
    let block: string;
    try {
      block = headerBlock(message.header);
    } catch (error) {
      return Promise.reject(error as MicroError);
    }
    this.exchanges++;
    this.#isWaiting = true;
    this.#hasBytes = false;
    const reply = new Promise(this.#capture);
    this.#bound.start(limits);
    writeMessage(this.#socket, this.#prefix, block, message.body);
    // Refused in the very call, which writes first of all: the peer had reset the connection, and no byte has left. What
    // TLS has written by then nobody can tell.
    this.#isUnsent = this.#socket.errored !== null && !this.#isSecure;
    return reply;
  }

  open(message: Message, limits: Limits): ClientExchange {
    if (!this.usable) throw notUsable(this.address);
    if (limits.cancellation?.aborted === true) throw cancelled(limits.cancellation.reason, true);
    const block = headerBlock(message.header);
    this.exchanges++;
    this.#stream = new HttpClientExchange(this.address, this.#socket, this.#reader, this.#limits);
    this.#stream.start(block, message.body, limits);
    return this.#stream;
  }

  close(): void {
    if (!this.#isOpen) return;
    if (this.#stream !== undefined) this.#stream.close();
    else this.#break(connectionLost(this.address));
  }

  /** @internal The deadline or the caller ended the exchange: the peer must see it at once. */
  fail(error: MicroError): void {
    resetSocket(this.#socket);
    this.#break(error);
  }

  // One function for all exchanges of the connection, so that none makes a closure.
  readonly #capture = (resolve: (reply: Message) => void, reject: (error: unknown) => void): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  #onData(chunk: Buffer): void {
    if (this.#stream !== undefined) this.#stream.onData(chunk);
    else if (this.#isWaiting) this.#onReplyBytes(chunk);
    // Bytes that nobody asked for would be the next exchange's reply.
    else this.close();
  }

  #onReplyBytes(chunk: Buffer): void {
    this.#hasBytes = true;
    this.#reader.push(chunk);
    const reply = this.#reader.read();
    if (reply !== undefined) this.#onReply(reply);
    else if (this.#reader.fault !== undefined) this.#break(invalidReply(this.#reader.fault.phrase));
  }

  #onReply(reply: Message): void {
    this.#bound.stop();
    this.#isWaiting = false;
    const { status, close, phase, keepAliveMs } = this.#reader;
    if (close || phase !== "idle" || status !== 200) this.#shut();
    this.#idleUntil = keepAliveMs === Number.POSITIVE_INFINITY ? keepAliveMs : performance.now() + keepAliveMs - raceMs;
    if (status === 200) this.#resolve(reply);
    else this.#reject(replyError(status, reply));
  }

  #onEnd(): void {
    const isReset = wasReset(this.#socket);
    if (this.#stream !== undefined && !isReset) {
      this.#stream.onEnd();
      return;
    }
    const last = this.#isWaiting && !isReset ? this.#reader.end() : undefined;
    if (last !== undefined) this.#onReply(last);
    else this.#onLost(undefined);
  }

  #onLost(cause: Error | undefined): void {
    if (this.#stream !== undefined) this.#stream.onLost(cause);
    // Half a reply means that the request was carried out: nobody may send it again.
    else
      this.#break(
        this.#hasBytes ? replyLost(this.address, cause) : connectionLost(this.address, cause, this.#isUnsent),
      );
  }

  /** Closes the connection; an exchange under way ends with this error. */
  #break(error: MicroError): void {
    this.#shut();
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#bound.stop();
    this.#reject(error);
  }

  #shut(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #onClosed(): void {
    this.#onLost(undefined);
    this.#isOpen = false;
    const onClose = this.onClose;
    this.onClose = undefined;
    onClose?.();
  }
}

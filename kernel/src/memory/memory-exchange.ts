import { type Abortable, type Cancellation, deadlines, Expiring, type Limits } from "@micro/limits";
import { cancelled, deadlineExceeded, type Message, MicroError } from "@micro/wire";
import type { ClientExchange, ServerExchange } from "../contracts/transport.ts";
import { copyMessage } from "./copy-message.ts";
import { MessageQueue } from "./message-queue.ts";
import { connectionLost } from "./transport-errors.ts";

/**
 * An exchange between its two ends. It is over when the server replied or refused, or when the client's end failed:
 * by its deadline, by a cancellation, by `close()`, or because the connection was lost. Whatever comes later does
 * nothing.
 */
export class MemoryExchange extends Expiring implements Abortable {
  /** What the client sends after its first message. */
  readonly requests: MessageQueue = new MessageQueue();
  /** What the server sends. */
  readonly replies: MessageQueue = new MessageQueue();
  readonly client: ClientExchange = new ClientEnd(this);
  readonly #server: ServerEnd;
  readonly #owner: ExchangeOwner;
  readonly #cancellation: Cancellation | undefined;
  #over = false;

  constructor(request: Message, limits: Limits, owner: ExchangeOwner) {
    super();
    this.expiry = limits.deadline;
    this.#cancellation = limits.cancellation;
    this.#owner = owner;
    this.#server = new ServerEnd(this, copyMessage(request), owner.remoteAddress);
  }

  /** Hands it to the server, and ends it at its limits. */
  start(): void {
    this.#cancellation?.add(this);
    if (this.expiry !== Number.POSITIVE_INFINITY) deadlines.add(this);
    setImmediate(() => {
      if (!this.#over) this.#owner.accept(this.#server);
    });
  }

  expire(): void {
    this.giveUp(deadlineExceeded());
  }

  abort(reason: unknown): void {
    this.giveUp(cancelled(reason));
  }

  /** The client wants nothing more, not even what has arrived. */
  giveUp(error: MicroError): void {
    if (this.#over) return;
    this.replies.discard(error);
    this.lose(error);
  }

  /** The connection is gone: the client still reads what has arrived, then the error. */
  lose(error: MicroError): void {
    if (this.#over) return;
    this.replies.end(error);
    this.#finish(connectionLost("the client went away"));
    setImmediate(() => this.#server.onAbort?.abort(error));
  }

  /** The server's last message. */
  reply(message: Message): void {
    if (this.#over) return;
    void this.replies.push(message);
    this.replies.end();
    this.#finish(connectionLost("the peer ended the exchange"));
  }

  /** The server will not have it. */
  refuse({ id, code, detail, notProcessed, retryAfterMs }: MicroError): void {
    if (this.#over) return;
    // A copy: the cause and the reason of an error stay with whoever raised it.
    this.replies.end(new MicroError(id, code, detail, { notProcessed, retryAfterMs }));
    this.#finish(connectionLost("the peer refused the exchange"));
    this.#owner.retire();
  }

  #finish(why: MicroError): void {
    this.#over = true;
    deadlines.delete(this);
    this.#cancellation?.delete(this);
    this.requests.discard(why);
    this.#owner.ended(this);
  }
}

/** What an exchange asks of its connection. */
export interface ExchangeOwner {
  readonly remoteAddress: string;
  readonly accept: (exchange: ServerExchange) => void;
  /** The exchange is over. */
  ended(exchange: MemoryExchange): void;
  /** No more exchanges may start. */
  retire(): void;
}

class ClientEnd implements ClientExchange {
  readonly #exchange: MemoryExchange;

  constructor(exchange: MemoryExchange) {
    this.#exchange = exchange;
  }

  send(message: Message): Promise<void> {
    return this.#exchange.requests.push(message);
  }

  end(): void {
    this.#exchange.requests.end();
  }

  receive(): Promise<Message | undefined> {
    return this.#exchange.replies.next();
  }

  close(): void {
    this.#exchange.giveUp(cancelled(undefined));
  }
}

class ServerEnd implements ServerExchange {
  readonly request: Message;
  readonly remoteAddress: string;
  onAbort: Abortable | undefined = undefined;
  readonly #exchange: MemoryExchange;

  constructor(exchange: MemoryExchange, request: Message, remoteAddress: string) {
    this.#exchange = exchange;
    this.request = request;
    this.remoteAddress = remoteAddress;
  }

  receive(): Promise<Message | undefined> {
    return this.#exchange.requests.next();
  }

  send(message: Message): Promise<void> {
    // Whoever sends to a peer that is gone hears of it by `onAbort`. The turn is for handlers that do not listen to
    // it: one that sends for ever would let nothing else happen in this process.
    return this.#exchange.replies.push(message).catch(() => nextTurn());
  }

  reply(message: Message): void {
    this.#exchange.reply(message);
  }

  refuse(error: MicroError): void {
    this.#exchange.refuse(error);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

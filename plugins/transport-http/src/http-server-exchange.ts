import type { Abortable, Message, MicroError, ServerExchange } from "@micro/kernel";
import type { ServerConnection } from "./server-connection.ts";

/**
 * The server's end of one exchange: a ticket for its connection, which knows by the object whose turn it is.
 * A ticket that was used up does nothing.
 */
export class HttpServerExchange implements ServerExchange {
  readonly request: Message;
  onAbort: Abortable | undefined = undefined;
  readonly #connection: ServerConnection;

  constructor(request: Message, connection: ServerConnection) {
    this.request = request;
    this.#connection = connection;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  receive(): Promise<Message | undefined> {
    return this.#connection.receive(this);
  }

  send(message: Message): Promise<void> {
    return this.#connection.send(this, message);
  }

  reply(message: Message): void {
    this.#connection.reply(this, message);
  }

  refuse(error: MicroError): void {
    this.#connection.refuse(this, error);
  }
}

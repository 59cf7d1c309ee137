import {
  type Connection,
  type Limits,
  type Listener,
  type Message,
  MicroError,
  type ServerExchange,
} from "@micro/kernel";
import { HttpTransport, type HttpTransportOptions } from "@micro/transport-http";
import { within } from "./within.ts";

/** Nobody ends it. */
export const never: Limits = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };

/** Ends so many milliseconds from now. */
export function after(ms: number): Limits {
  return { deadline: performance.now() + ms, cancellation: undefined };
}

export const textHeader = Object.freeze({ "Content-Type": "text/plain" });

/** A message with a text. */
export function text(body: string): Message {
  return { header: textHeader, body };
}

/** A request as the simplest client would write it. */
export function requestBytes(body: string, headers = ""): string {
  return `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** A reply as the simplest server would write it. */
export function replyBytes(body: string, headers = "", status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** Answers every call with its own body. */
export function echo(exchange: ServerExchange): void {
  exchange.reply({ header: { "Content-Type": "text/plain" }, body: exchange.request.body });
}

/** A listener and the connections to it, closed together. */
export class Served {
  readonly transport: HttpTransport;
  readonly listener: Listener;
  readonly connections: Connection[] = [];

  constructor(transport: HttpTransport, listener: Listener) {
    this.transport = transport;
    this.listener = listener;
  }

  get address(): string {
    return this.listener.address;
  }

  async dial(): Promise<Connection> {
    const connection = await within(5000, "dialling", this.transport.dial(this.address, never));
    this.connections.push(connection);
    return connection;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.close();
    this.listener.destroy();
    await within(5000, "closing the listener", this.listener.close());
  }
}

/** Listens on a free port of this machine. */
export async function serve(
  accept: (exchange: ServerExchange) => void | Promise<void>,
  options: HttpTransportOptions = {},
): Promise<Served> {
  const transport = new HttpTransport(options);
  const listener = await transport.listen({ address: "127.0.0.1:0" }, (exchange) => void accept(exchange));
  return new Served(transport, listener);
}

/** Waits for a promise to fail and returns its error. */
export async function failure(what: string, promise: Promise<unknown>): Promise<MicroError> {
  const outcome = await within(
    5000,
    what,
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  );
  if ("value" in outcome) throw new Error(`${what} succeeded`);
  if (!MicroError.is(outcome.error)) throw outcome.error;
  return outcome.error;
}

import type { AddressInfo, Server, Socket } from "node:net";
import {
  type Abortable,
  type Listener,
  type Message,
  type MicroError,
  type ServerExchange,
  splitAddress,
} from "@micro/kernel";
import { connectionLost } from "./errors.ts";
import { type FrameKind, type FrameReader, FrameSocket, frameKinds } from "./frames.ts";
import { Inbox } from "./inbox.ts";

/** A listening socket and its connections. */
export class FooListener implements Listener {
  readonly address: string;
  readonly #server: Server;
  readonly #connections = new Set<ServerConnection>();
  readonly #closed: Promise<void>;

  constructor(server: Server, asked: string, accept: (exchange: ServerExchange) => void) {
    const { address, family, port } = server.address() as AddressInfo;
    const { host } = splitAddress(asked);
    this.address = `${host.includes(":") || (host === "" && family === "IPv6") ? `[${host || address}]` : host || address}:${port}`;
    this.#server = server;
    this.#closed = new Promise((resolve) => server.once("close", resolve));
    server.on("connection", (socket) => {
      const connection = new ServerConnection(socket, accept, () => this.#connections.delete(connection));
      this.#connections.add(connection);
    });
  }

  async pause(): Promise<void> {
    if (this.#server.listening) this.#server.close();
  }

  close(): Promise<void> {
    void this.pause();
    for (const connection of this.#connections) connection.retire();
    return this.#closed;
  }

  destroy(): void {
    void this.pause();
    for (const connection of this.#connections) connection.destroy();
  }
}

/** The server's end of a connection: one exchange after the other. */
class ServerConnection implements FrameReader {
  readonly #frames: FrameSocket;
  readonly #remoteAddress: string;
  readonly #accept: (exchange: ServerExchange) => void;
  readonly #onClosed: () => void;
  #exchange: FooServerExchange | undefined;
  #isRetired = false;

  constructor(socket: Socket, accept: (exchange: ServerExchange) => void, onClosed: () => void) {
    socket.setNoDelay(true);
    this.#remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#accept = accept;
    this.#onClosed = onClosed;
    this.#frames = new FrameSocket(socket, this);
  }

  onFrame(kind: FrameKind, message: Message): void {
    if (this.#exchange !== undefined) this.#exchange.take(kind, message);
    else if ((kind === frameKinds.message || kind === frameKinds.call) && !this.#isRetired) this.#start(kind, message);
    else this.destroy();
  }

  onClosed(): void {
    this.#onClosed();
    this.#exchange?.lose();
  }

  /** Closes it when it has no exchange, else at the end of that. */
  retire(): void {
    this.#isRetired = true;
    if (this.#exchange === undefined) this.#frames.end();
  }

  destroy(): void {
    this.#frames.destroy();
  }

  #start(kind: FrameKind, message: Message): void {
    const exchange = new FooServerExchange(this.#frames, this.#remoteAddress, message, (isWhole) => {
      this.#exchange = undefined;
      // What the client still sends to an exchange that is over would begin another one.
      if (this.#isRetired || !isWhole) this.#frames.end();
      else this.#frames.reads = true;
    });
    this.#exchange = exchange;
    if (kind === frameKinds.call) exchange.take(frameKinds.end, message);
    this.#accept(exchange);
  }
}

/** The server's end of an exchange. */
class FooServerExchange implements ServerExchange {
  readonly request: Message;
  readonly remoteAddress: string;
  onAbort: Abortable | undefined = undefined;
  readonly #frames: FrameSocket;
  readonly #onOver: (isWhole: boolean) => void;
  readonly #inbox: Inbox;
  #isHalfClosed = false;
  #isOver = false;

  constructor(frames: FrameSocket, remoteAddress: string, request: Message, onOver: (isWhole: boolean) => void) {
    this.#frames = frames;
    this.remoteAddress = remoteAddress;
    this.request = request;
    this.#onOver = onOver;
    this.#inbox = new Inbox((reads) => {
      frames.reads = reads;
    });
  }

  receive(): Promise<Message | undefined> {
    return this.#inbox.next();
  }

  async send(message: Message): Promise<void> {
    if (!this.#isOver) await this.#frames.write(frameKinds.message, message);
    // A handler that does not listen to `onAbort` and sends for ever must let others run.
    else await new Promise((resolve) => setImmediate(resolve));
  }

  reply(message: Message): void {
    if (this.#isOver) return;
    void this.#frames.write(frameKinds.last, message);
    this.#finish(this.#isHalfClosed);
  }

  refuse(error: MicroError): void {
    if (this.#isOver) return;
    const header = {
      "Not-Processed": error.notProcessed ? "1" : "0",
      ...(error.retryAfterMs !== undefined && { "Retry-After-Ms": String(error.retryAfterMs) }),
    };
    void this.#frames.write(frameKinds.refused, { header, body: JSON.stringify(error) });
    this.#finish(false);
  }

  /** A frame of the client. */
  take(kind: FrameKind, message: Message): void {
    if (kind === frameKinds.message) {
      this.#inbox.push(message);
      return;
    }
    this.#isHalfClosed = true;
    this.#inbox.end();
  }

  /** The client went away. */
  lose(): void {
    if (this.#isOver) return;
    const error = connectionLost("the client went away");
    this.#finish(false);
    this.onAbort?.abort(error);
  }

  #finish(isWhole: boolean): void {
    this.#isOver = true;
    this.#inbox.discard(connectionLost("the exchange is over"));
    this.#onOver(isWhole);
  }
}

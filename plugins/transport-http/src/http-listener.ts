import type { Server, Socket } from "node:net";
import type { Listener, ServerExchange } from "@micro/kernel";
import type { HttpLimits } from "./options.ts";
import { ServerConnection, type ServerConnectionHost } from "./server-connection.ts";

/**
 * A listening socket with its connections. One timer sweeps them all for those that take too long; it runs only
 * until the last one is closed, and does not keep the process alive.
 */
export class HttpListener implements Listener, ServerConnectionHost {
  readonly address: string;
  readonly limits: HttpLimits;
  readonly accept: (exchange: ServerExchange) => void;
  readonly sweepMs: number;
  clock: number;
  isClosing = false;

  readonly #server: Server;
  readonly #connections = new Set<ServerConnection>();
  // Sockets in their TLS handshake, by the address of the peer: the event that ends it names another object.
  readonly #handshakes = new Map<string, Socket>();
  readonly #closed: Promise<void>;
  /** Counts connections, those of TLS twice. */
  #accepted = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  #suspectUntil = Number.NEGATIVE_INFINITY;

  /** Takes over a server that listens. `connectionEvent` is the one that tells of a socket ready to be read. */
  constructor(
    address: string,
    server: Server,
    connectionEvent: string,
    limits: HttpLimits,
    accept: (exchange: ServerExchange) => void,
  ) {
    this.address = address;
    this.limits = limits;
    this.accept = accept;
    this.sweepMs = sweepStep(limits);
    this.clock = this.sweepMs;
    this.#server = server;
    server.maxConnections = limits.maxConnections;
    if (connectionEvent !== "connection") server.on("connection", (socket: Socket) => this.#track(socket));
    server.on(connectionEvent, (socket: Socket) => this.#serve(socket));
    // Failing to accept, for want of file descriptors for instance, concerns the one who knocked.
    server.on("error", () => {});
    const timer = setInterval(() => this.#sweep(), this.sweepMs).unref();
    this.#closed = new Promise((resolve) => {
      server.once("close", () => {
        clearInterval(timer);
        resolve();
      });
    });
  }

  wasStill(): boolean {
    const now = performance.now();
    const silentMs = now - this.#heardAt;
    // As much came meanwhile as it takes time to read, on a busy machine still longer.
    if (silentMs > stillMs) this.#suspectUntil = now + Math.min(silentMs, longestSuspicionMs);
    this.#heardAt = now;
    return now < this.#suspectUntil;
  }

  pause(): Promise<void> {
    // The port is free when this returns; only the event waits for the connections.
    if (this.#server.listening) this.#server.close();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosing = true;
    this.#stopListening();
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const connection of this.#connections) connection.closeIfIdle();
    return this.#closed;
  }

  destroy(): void {
    this.isClosing = true;
    void this.pause();
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const connection of this.#connections) connection.destroy();
  }

  /**
   * With the listening socket go the connections that nobody has accepted yet, and their callers cannot know whether what
   * they sent ran. So it stays until a whole turn of the event loop found none; who comes meanwhile hears that nothing did.
   */
  #stopListening(accepted: number = -1, turns: number = 100): void {
    setImmediate(() => {
      if (accepted === this.#accepted || turns === 0) void this.pause();
      else this.#stopListening(this.#accepted, turns - 1);
    });
  }

  #track(socket: Socket): void {
    this.#accepted++;
    const peer = peerOf(socket);
    this.#handshakes.set(peer, socket);
    socket.once("close", () => this.#handshakes.delete(peer));
  }

  #serve(socket: Socket): void {
    this.#accepted++;
    this.#handshakes.delete(peerOf(socket));
    const connection = new ServerConnection(socket, this);
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
    // Accepted by the kernel before the listener closed, told of after.
    if (this.isClosing) connection.closeIfIdle();
  }

  #sweep(): void {
    // Counted, not read from a clock: after a blocked loop the bytes that wait in the kernel get their chance.
    this.clock += this.sweepMs;
    for (const connection of this.#connections) connection.sweep();
  }
}

// Asking a socket whether it was reset costs a call into the operating system. A process that was stopped, or whose event
// loop was blocked, is told of all that came meanwhile in its first turns; an idle one can afford to ask, too.
const stillMs = 200;
const longestSuspicionMs = 2000;

// A second is fine for limits of ten; shorter limits get a finer step.
function sweepStep(limits: HttpLimits): number {
  const shortest = Math.min(limits.headerTimeoutMs, limits.requestTimeoutMs, limits.idleTimeoutMs, limits.writeStallMs);
  return Math.min(1000, Math.max(10, Math.floor(shortest / 4)));
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}

import { createServer, connect as dial, type Server, type Socket } from "node:net";

/** What a proxy does to the bytes of its connections. Each may be changed while it runs. */
export interface Faults {
  /** By how much each chunk is late, in milliseconds. Default 0. */
  latencyMs: number;
  /** Whether bytes get lost, and ends with them, so that a connection just falls silent; one that is dialled stays mute. */
  isBlackhole: boolean;
  /** How many bytes go in one write; 0 for as they come. A write waits for the one before it. */
  sliceBytes: number;
  /** After how many bytes of what the server says a connection is reset; `Infinity` for never. */
  cutAfterBytes: number;
  /** Whether new connections are refused. */
  isRefusing: boolean;
}

const noFaults: Readonly<Faults> = Object.freeze({
  latencyMs: 0,
  isBlackhole: false,
  sliceBytes: 0,
  cutAfterBytes: Number.POSITIVE_INFINITY,
  isRefusing: false,
});

/** A TCP proxy in front of one server, which does to connections what networks do. Whoever starts one closes it. */
export class FaultProxy {
  readonly faults: Faults;
  readonly #target: string;
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(target: string, faults: Faults) {
    this.#target = target;
    this.faults = faults;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Starts one on a free port of the loopback interface. @param target `host:port` of the server */
  static async start(target: string, faults: Partial<Faults> = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, { ...noFaults, ...faults });
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** `host:port` that stands for the server. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { readonly port: number }).port}`;
  }

  /** How many connections go through it. */
  get connections(): number {
    return this.#links.size;
  }

  /** Resets every connection, on both sides. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** Ends what goes to the clients, and goes on taking what comes from them. */
  halfClose(): void {
    for (const link of this.#links) link.halfClose();
  }

  /** Ends it with all its connections. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.reset();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.faults.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const [host = "", port] = this.#target.split(":");
    const link = new Link(client, dial({ host, port: Number(port), allowHalfOpen: true }), this.faults);
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
  }
}

/** A connection of a client, and the one to the server that stands behind it. */
class Link {
  /** Resolves when both connections are gone. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #faults: Faults;
  #answered = 0;

  constructor(client: Socket, server: Socket, faults: Faults) {
    this.#client = client;
    this.#server = server;
    this.#faults = faults;
    this.closed = Promise.all([closeOf(client), closeOf(server)]);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on("error", () => this.#onLost());
      this.#carry(from, to).catch(() => this.#onLost());
    }
  }

  reset(): void {
    for (const socket of [this.#client, this.#server]) {
      // One that is not connected yet would wait for that, and be reset only then. One whose half-close is still on its way
      // libuv does not reset, and Node then never closes it.
      if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
      else if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  halfClose(): void {
    this.#client.end();
  }

  /** Reads, and hands on: one chunk after the other, so that being late keeps them in order. */
  async #carry(from: Socket, to: Socket): Promise<void> {
    // As a socket that ended for one direction may go on for the other.
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (this.#faults.latencyMs > 0) await wait(this.#faults.latencyMs);
      if (this.#faults.isBlackhole) continue;
      if (from === this.#server) this.#answered += chunk.length;
      const isCut = this.#answered > this.#faults.cutAfterBytes;
      const kept = isCut ? chunk.subarray(0, chunk.length - (this.#answered - this.#faults.cutAfterBytes)) : chunk;
      for (const slice of slices(kept, this.#faults.sliceBytes)) await write(to, slice);
      if (isCut) return this.reset();
    }
    if (!this.#faults.isBlackhole) to.end();
  }

  #onLost(): void {
    // In a black hole the other side hears nothing of it.
    if (!this.#faults.isBlackhole) this.reset();
  }
}

function* slices(chunk: Buffer, size: number): Generator<Buffer> {
  const step = size === 0 ? Math.max(1, chunk.length) : size;
  for (let at = 0; at < chunk.length; at += step) yield chunk.subarray(at, at + step);
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once("close", () => resolve()));
}

/** Resolves a turn later than the bytes left, so that whoever reads them has the time to take them apart from the next. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : setImmediate(resolve)));
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

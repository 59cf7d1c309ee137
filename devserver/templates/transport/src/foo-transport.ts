import { connect, createServer, type Server, type Socket } from "node:net";
import {
  type Connection,
  cancelled,
  deadlineExceeded,
  deadlines,
  Expiring,
  type Limits,
  type Listener,
  type ListenOptions,
  type MicroError,
  type ServerExchange,
  splitAddress,
  type Transport,
} from "@micro/kernel";
import { dialFailed, listenFailed, whyExceeded } from "./errors.ts";
import { FooConnection } from "./foo-connection.ts";
import { FooListener } from "./foo-listener.ts";

/** Messages as frames over TCP, one exchange at a time on a connection. */
export class FooTransport implements Transport {
  readonly name = "foo";
  readonly multiplexed = false;

  async dial(address: string, limits: Limits): Promise<Connection> {
    const exceeded = whyExceeded(limits);
    if (exceeded !== undefined) throw exceeded;
    const { host, port } = splitAddress(address);
    if (port === "") throw dialFailed(address, "it has no port");
    return new FooConnection(address, await new Dial(address, host, Number(port), limits).done);
  }

  async listen({ address }: ListenOptions, accept: (exchange: ServerExchange) => void): Promise<Listener> {
    const { host, first, last } = parseRange(address);
    for (let port = first; ; port++) {
      const server = createServer();
      const failure = await bind(server, host, port);
      if (failure === undefined) return new FooListener(server, address, accept);
      if (failure.code !== "EADDRINUSE" || port >= last) throw listenFailed(address, failure.message, failure);
    }
  }
}

/** A connection that is being made: it gives up at the limits. */
class Dial extends Expiring {
  readonly done: Promise<Socket>;
  readonly #socket: Socket;
  readonly #limits: Limits;
  #reject: (error: MicroError) => void = () => {};

  constructor(address: string, host: string, port: number, limits: Limits) {
    super();
    this.expiry = limits.deadline;
    this.#limits = limits;
    this.#socket = connect({ host, port, noDelay: true });
    this.done = new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#socket.once("connect", () => {
        this.#release();
        resolve(this.#socket);
      });
      // Stays, as an error without a listener would end the process.
      this.#socket.on("error", (error) => this.#fail(dialFailed(address, error.message, error)));
    });
    if (this.expiry !== Number.POSITIVE_INFINITY) deadlines.add(this);
    limits.cancellation?.add(this);
  }

  expire(): void {
    this.#fail(deadlineExceeded(true));
  }

  abort(reason: unknown): void {
    this.#fail(cancelled(reason, true));
  }

  #fail(error: MicroError): void {
    this.#release();
    this.#socket.destroy();
    this.#reject(error);
  }

  #release(): void {
    deadlines.delete(this);
    this.#limits.cancellation?.delete(this);
  }
}

function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(host === "" ? { port } : { host, port }, () => resolve(undefined));
  });
}

function parseRange(address: string): { readonly host: string; readonly first: number; readonly last: number } {
  const { host, port } = /:\d/.test(address) ? splitAddress(address) : { host: "", port: "" };
  const [first = Number.NaN, last = first] = port.split("-").map(Number);
  if (port !== "" && first <= last && last <= 65_535) return { host, first, last };
  throw listenFailed(address, "write host:port, :port or host:8000-8010");
}

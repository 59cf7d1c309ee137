import type { Limits } from "@micro/limits";
import { cancelled, clientErrorId, deadlineExceeded, type Message, MicroError } from "@micro/wire";
import type {
  ClientExchange,
  Connection,
  Listener,
  ListenOptions,
  ServerExchange,
  Transport,
} from "../contracts/transport.ts";
import { type ListenAddress, listenFailed, parseListenAddress } from "./listen-address.ts";
import { type ExchangeOwner, MemoryExchange } from "./memory-exchange.ts";
import { createMemoryNetwork, type MemoryNetwork, takePort } from "./memory-network.ts";
import { connectionLost, dialFailed } from "./transport-errors.ts";

/**
 * A transport in memory: what all multiplexed transports must do, with nothing between. Messages are copied and
 * arrive in a later turn of the event loop, never within the call that sent them.
 */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly multiplexed = true;
  readonly #network: MemoryNetwork;

  constructor(network: MemoryNetwork = createMemoryNetwork()) {
    this.#network = network;
  }

  async dial(address: string, limits: Limits): Promise<Connection> {
    const exceeded = whyExceeded(limits);
    if (exceeded !== undefined) throw exceeded;
    const listener = this.#network.listeners.get(Number(/:(\d+)$/.exec(address)?.[1]));
    if (listener === undefined) throw dialFailed(address);
    return listener.connect(address, `memory:${takePort(this.#network)}`);
  }

  async listen({ address }: ListenOptions, accept: (exchange: ServerExchange) => void): Promise<Listener> {
    const wanted = parseListenAddress(address);
    const port = this.#freePort(wanted);
    if (port === undefined) throw listenFailed(`the address ${address} is in use`);
    const { listeners } = this.#network;
    const listener = new MemoryListener(`${wanted.host}:${port}`, accept, () => listeners.delete(port));
    listeners.set(port, listener);
    return listener;
  }

  #freePort({ firstPort, lastPort }: ListenAddress): number | undefined {
    if (lastPort === 0) return takePort(this.#network);
    for (let port = firstPort; port <= lastPort; port++) if (!this.#network.listeners.has(port)) return port;
    return undefined;
  }
}

/** A listener in memory. */
export class MemoryListener implements Listener {
  readonly address: string;
  readonly #accept: (exchange: ServerExchange) => void;
  readonly #connections = new Set<MemoryConnection>();
  #unlisten: (() => void) | undefined;
  #drained: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(address: string, accept: (exchange: ServerExchange) => void, unlisten: () => void) {
    this.address = address;
    this.#accept = accept;
    this.#unlisten = unlisten;
  }

  /** A new connection to it. */
  connect(address: string, remoteAddress: string): Connection {
    const connection = new MemoryConnection(address, remoteAddress, this.#accept, () => this.#forget(connection));
    this.#connections.add(connection);
    return connection;
  }

  async pause(): Promise<void> {
    // Once, because the port may be somebody else's by the second time.
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  close(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  destroy(): void {
    void this.pause();
    for (const connection of this.#connections) connection.close();
  }

  async #drain(): Promise<void> {
    void this.pause();
    for (const connection of this.#connections) connection.retire();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #forget(connection: MemoryConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}

/** Both ends of a connection: the client's is its public face, the server's is its listener. */
class MemoryConnection implements Connection, ExchangeOwner {
  readonly address: string;
  readonly remoteAddress: string;
  readonly accept: (exchange: ServerExchange) => void;
  onClose: (() => void) | undefined = undefined;
  exchanges = 0;
  usable = true;
  readonly #underWay = new Set<MemoryExchange>();
  readonly #forget: () => void;
  #closed = false;

  constructor(address: string, remoteAddress: string, accept: (exchange: ServerExchange) => void, forget: () => void) {
    this.address = address;
    this.remoteAddress = remoteAddress;
    this.accept = accept;
    this.#forget = forget;
  }

  async roundTrip(message: Message, limits: Limits): Promise<Message> {
    const exchange = this.open(message, limits);
    exchange.end();
    try {
      const reply = await exchange.receive();
      if (reply === undefined) throw new MicroError(clientErrorId, 502, "the peer ended the exchange without a reply");
      return reply;
    } finally {
      exchange.close();
    }
  }

  open(message: Message, limits: Limits): ClientExchange {
    this.exchanges++;
    const exchange = new MemoryExchange(message, limits, this);
    const failure = this.usable ? whyExceeded(limits) : connectionLost("it is closed", true);
    if (failure === undefined) {
      this.#underWay.add(exchange);
      exchange.start();
    } else {
      exchange.giveUp(failure);
    }
    return exchange.client;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.usable = false;
    for (const exchange of this.#underWay) exchange.lose(connectionLost("the connection was closed"));
    this.#forget();
    setImmediate(() => this.onClose?.());
  }

  /** Takes no new exchange, and closes when those under way have ended. */
  retire(): void {
    this.usable = false;
    if (this.#underWay.size === 0) this.close();
  }

  ended(exchange: MemoryExchange): void {
    this.#underWay.delete(exchange);
    if (!this.usable && !this.#closed) this.retire();
  }
}

function whyExceeded({ deadline, cancellation }: Limits): MicroError | undefined {
  if (cancellation?.aborted === true) return cancelled(cancellation.reason, true);
  if (deadline <= performance.now()) return deadlineExceeded(true);
  return undefined;
}

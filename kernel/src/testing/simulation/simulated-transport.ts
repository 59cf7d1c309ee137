import type { Abortable, Limits } from "@micro/limits";
import { type Message, MicroError } from "@micro/wire";
import type {
  ClientExchange,
  Connection,
  Listener,
  ListenOptions,
  ServerExchange,
  Transport,
} from "../../contracts/transport.ts";
import { dialFailed } from "../../memory/transport-errors.ts";
import { Link } from "./link.ts";
import { Machine } from "./machine.ts";
import type { Network } from "./network.ts";

/** How long whoever dials a machine that is cut off waits for it, in milliseconds, where no deadline comes before. */
const dialTimeoutMs = 5000;

/** The in-memory transport, with a way between its ends. */
export class SimulatedTransport implements Transport {
  readonly name = "simulated";
  readonly multiplexed = true;
  readonly #network: Network;
  readonly #machine: Machine;

  constructor(network: Network, machine: Machine) {
    this.#network = network;
    this.#machine = machine;
  }

  async dial(address: string, limits: Limits): Promise<Connection> {
    const network = this.#network;
    // Where nobody ever was there is still a way to be refused on.
    const server = network.ownerOf(address) ?? new Machine(address);
    await this.#shakeHands(address, server, limits);
    if (server.isCrashed || network.ownerOf(address) !== server) throw dialFailed(address);
    const inner = await Machine.outside(() => network.transport.dial(address, limits));
    return new SimulatedConnection(inner, new Link(network, this.#machine, server), network);
  }

  async listen(options: ListenOptions, accept: (exchange: ServerExchange) => void): Promise<Listener> {
    const machine = this.#machine;
    const listener = await Machine.outside(() =>
      this.#network.transport.listen(options, (exchange) =>
        machine.enter(() => accept(new SimulatedServerEnd(exchange))),
      ),
    );
    this.#network.listens(machine, listener);
    return listener;
  }

  async #shakeHands(address: string, server: Machine, limits: Limits): Promise<void> {
    const deadline = Math.min(limits.deadline, performance.now() + dialTimeoutMs);
    const bounds: Limits = { deadline, cancellation: limits.cancellation };
    const client = this.#machine;
    try {
      const journey = { waiter: client, notProcessed: true };
      await this.#network.carry({ ...journey, from: client, to: server.host }, bounds).arrived;
      await this.#network.carry({ ...journey, from: server.host, to: client }, bounds).arrived;
    } catch (error) {
      const isOwnLimit = MicroError.is(error) && error.reason === "deadline_exceeded" && deadline < limits.deadline;
      throw isOwnLimit ? dialFailed(address) : error;
    }
  }
}

class SimulatedConnection implements Connection {
  readonly address: string;
  exchanges = 0;
  readonly #inner: Connection;
  readonly #link: Link;
  readonly #network: Network;

  constructor(inner: Connection, link: Link, network: Network) {
    this.address = inner.address;
    this.#inner = inner;
    this.#link = link;
    this.#network = network;
    link.onBreak = () => Machine.outside(() => inner.close());
  }

  get usable(): boolean {
    return this.#inner.usable && !this.#link.isBroken;
  }

  get onClose(): (() => void) | undefined {
    return this.#inner.onClose;
  }

  set onClose(listener: (() => void) | undefined) {
    const { client } = this.#link;
    this.#inner.onClose = listener === undefined ? undefined : () => client.admit(() => client.enter(listener));
  }

  async roundTrip(message: Message, limits: Limits): Promise<Message> {
    this.exchanges++;
    const link = this.#link;
    await link.request(limits);
    this.#arrived();
    const end = await settled(Machine.outside(() => this.#inner.roundTrip(message, limits)));
    if (!link.isBroken) await link.answer(limits);
    await survival(link.client);
    if ("error" in end) throw end.error;
    return end.value;
  }

  open(message: Message, limits: Limits): ClientExchange {
    this.exchanges++;
    return new SimulatedClientEnd(this.#link, limits, () => {
      this.#arrived();
      return Machine.outside(() => this.#inner.open(message, limits));
    });
  }

  close(): void {
    this.#link.close();
    Machine.outside(() => this.#inner.close());
  }

  #arrived(): void {
    const entry = this.#network.underWay.getStore();
    if (entry !== undefined) entry.arrived = true;
  }
}

/** The client's end of a stream. Its messages travel one behind the other in each direction. */
class SimulatedClientEnd implements ClientExchange {
  readonly #link: Link;
  readonly #limits: Limits;
  readonly #opened: Promise<ClientExchange>;
  #sending: Promise<unknown>;
  #isClosed = false;

  constructor(link: Link, limits: Limits, open: () => ClientExchange) {
    this.#link = link;
    this.#limits = limits;
    this.#opened = link.request(limits).then(open);
    this.#sending = this.#opened;
    this.#sending.catch(() => {});
  }

  send(message: Message): Promise<void> {
    const sent = this.#sending.then(async () => {
      await this.#link.request(this.#limits);
      const exchange = await this.#opened;
      await Machine.outside(() => exchange.send(message));
    });
    this.#sending = sent;
    sent.catch(() => {});
    return sent;
  }

  end(): void {
    const ended = this.#sending.then(async () => {
      await this.#link.request(this.#limits);
      const exchange = await this.#opened;
      Machine.outside(() => exchange.end());
    });
    this.#sending = ended;
    ended.catch(() => {});
  }

  async receive(): Promise<Message | undefined> {
    const exchange = await this.#opened;
    const end = await settled(Machine.outside(() => exchange.receive()));
    if (!this.#link.isBroken && !this.#isClosed) await this.#link.answer(this.#limits);
    await survival(this.#link.client);
    if ("error" in end) throw end.error;
    return end.value;
  }

  close(): void {
    this.#isClosed = true;
    this.#opened.then(
      (exchange) => Machine.outside(() => exchange.close()),
      () => {},
    );
  }
}

/** The server's end, whose messages are the network's as soon as they are sent. */
class SimulatedServerEnd implements ServerExchange {
  readonly #inner: ServerExchange;

  constructor(inner: ServerExchange) {
    this.#inner = inner;
  }

  get request(): Message {
    return this.#inner.request;
  }

  get remoteAddress(): string {
    return this.#inner.remoteAddress;
  }

  get onAbort(): Abortable | undefined {
    return this.#inner.onAbort;
  }

  set onAbort(target: Abortable | undefined) {
    this.#inner.onAbort = target;
  }

  receive(): Promise<Message | undefined> {
    return Machine.outside(() => this.#inner.receive());
  }

  send(message: Message): Promise<void> {
    return Machine.outside(() => this.#inner.send(message));
  }

  reply(message: Message): void {
    Machine.outside(() => this.#inner.reply(message));
  }

  refuse(error: MicroError): void {
    Machine.outside(() => this.#inner.refuse(error));
  }
}

type End<Value> = { readonly value: Value } | { readonly error: unknown };

function settled<Value>(work: Promise<Value>): Promise<End<Value>> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

/** Waits for the end of a pause; on a machine that crashed, for ever. */
function survival(machine: Machine): Promise<void> {
  return new Promise((resolve) => machine.admit(resolve));
}

import { createSocket, type Socket } from "node:dgram";
import makeMdns, { type MulticastDNS } from "multicast-dns";
import type { DnsPacket, DnsQuestion, DnsRecord, Source } from "./dns-record.ts";

/** A packet to send: a question, or answers. */
export type OutgoingPacket =
  | { readonly questions: readonly DnsQuestion[] }
  | { readonly answers: readonly DnsRecord[] };

/** What a socket needs to know, and whom it tells. */
export interface MulticastSocketOptions {
  /** The group that it sends to. */
  readonly group: Source;
  /** Where it listens; port 0 is any. */
  readonly bind: Source;
  /** One address for each interface that a packet to the group leaves by. Asked for every packet. */
  readonly interfaces: () => readonly string[];
  readonly onPacket: (packet: DnsPacket, source: Source) => void;
  /** What came and was no DNS. */
  readonly onMalformed: () => void;
  /** A packet that did not get out, by one interface at least. */
  readonly onUnsent: (error: Error) => void;
  /** A packet to the group that did not get out by any interface. */
  readonly onStuck: (error: Error) => void;
}

/**
 * A UDP socket that sends to a group by every interface. One for all interfaces is enough: which one a packet leaves
 * by is set before each packet, and the next one waits until that is out.
 */
export class MulticastSocket {
  readonly #options: MulticastSocketOptions;
  readonly #socket: Socket;
  readonly #mdns: MulticastDNS;
  readonly #queue: OutgoingPacket[] = [];
  readonly #joined = new Set<string>();
  #sending: Promise<void> | undefined;
  #port = 0;
  #isClosed = false;

  constructor(options: MulticastSocketOptions) {
    this.#options = options;
    const { group, bind, onPacket, onMalformed } = options;
    // The group's port is shared with every other responder of this machine.
    this.#socket = createSocket({ type: "udp4", reuseAddr: bind.port !== 0 });
    // What multicast-dns has for binding and joining knows one interface, or none in particular.
    this.#mdns = makeMdns({ socket: this.#socket, ip: group.address, port: group.port, bind: false, multicast: false });
    this.#mdns.on("packet", (packet: DnsPacket, source: Source) => onPacket(packet, source));
    // Errors of the socket come by both: "warning" also has those of decoding, which have no code.
    this.#mdns.on("warning", (error: NodeJS.ErrnoException) =>
      error.code === undefined ? onMalformed() : this.#fail(error),
    );
    this.#mdns.on("error", (error: Error) => this.#fail(error));
  }

  /** The port that it is bound to; 0 before it is open. */
  get port(): number {
    return this.#port;
  }

  /** Binds; rejects with the error of the system. */
  async open(): Promise<void> {
    const { address, port } = this.#options.bind;
    await new Promise<void>((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.bind({ address, port, exclusive: true }, () => {
        this.#socket.off("error", reject);
        resolve();
      });
    });
    this.#port = this.#socket.address().port;
    // RFC 6762 §11: sent with 255, so that a receiver could tell a packet that crossed a router.
    this.#socket.setMulticastTTL(255);
    this.#socket.setMulticastLoopback(true);
  }

  /** Joins the group on these interfaces, and on no other. Those that do not let us are told and tried again next time. */
  join(interfaces: readonly string[]): void {
    for (const address of this.#joined) if (!interfaces.includes(address)) this.#leave(address);
    for (const address of interfaces) {
      if (this.#joined.has(address)) continue;
      this.#attempt(() => {
        this.#socket.addMembership(this.#options.group.address, address);
        this.#joined.add(address);
      });
    }
  }

  /** Sends to the group, by every interface, after what is already on its way. */
  say(packet: OutgoingPacket): void {
    if (this.#isClosed) return;
    if (this.#queue.length < maxQueue) this.#queue.push(packet);
    else this.#fail(new Error("too many packets wait to be sent"));
    this.#sending ??= this.#drain();
  }

  /** Sends to one address. */
  tell(packet: OutgoingPacket, target: Source): void {
    if (!this.#isClosed) void this.#send(packet, target);
  }

  /** Resolves when everything said so far is out. */
  async flush(): Promise<void> {
    await this.#sending;
  }

  /** Frees the socket, without sending what waits. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.length = 0;
    await new Promise<void>((resolve) => this.#mdns.destroy(resolve));
  }

  async #drain(): Promise<void> {
    for (let packet = this.#queue.shift(); packet !== undefined; packet = this.#queue.shift()) {
      await this.#sendByAll(packet);
    }
    this.#sending = undefined;
  }

  async #sendByAll(packet: OutgoingPacket): Promise<void> {
    let failure: Error | undefined;
    let isOut = false;
    for (const address of this.#options.interfaces()) {
      if (this.#isClosed) return;
      const error = this.#attempt(() => this.#socket.setMulticastInterface(address));
      const unsent = error ?? (await this.#send(packet, this.#options.group));
      if (unsent === undefined) isOut = true;
      failure ??= unsent;
    }
    if (!isOut && failure !== undefined) this.#options.onStuck(failure);
  }

  async #send(packet: OutgoingPacket, { address, port }: Source): Promise<Error | undefined> {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      if ("questions" in packet) this.#mdns.query({ questions: [...packet.questions] }, { address, port }, resolve);
      else this.#mdns.respond({ answers: [...packet.answers] }, { address, port }, resolve);
    });
    if (!error) return undefined;
    this.#fail(error);
    return error;
  }

  #leave(address: string): void {
    this.#joined.delete(address);
    // An interface that is gone took its membership along.
    this.#attempt(() => this.#socket.dropMembership(this.#options.group.address, address));
  }

  #attempt(action: () => void): Error | undefined {
    try {
      action();
      return undefined;
    } catch (error) {
      this.#fail(error as Error);
      return error as Error;
    }
  }

  // What fails before it is open is told by open().
  #fail(error: Error): void {
    if (this.#port !== 0) this.#options.onUnsent(error);
  }
}

// A re-announcement of every node of a large process fits.
const maxQueue = 2048;

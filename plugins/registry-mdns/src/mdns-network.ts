import type { DnsPacket, DnsQuestion, DnsRecord, Source } from "./dns-record.ts";
import { type Interfaces, readInterfaces } from "./interfaces.ts";
import { MulticastSocket } from "./multicast-socket.ts";
import type { Way } from "./node-cache.ts";
import type { ResolvedMdnsOptions } from "./options.ts";
import { SourceLimiter } from "./source-limiter.ts";
import type { MdnsStats } from "./stats.ts";

/** Who is told what the network brings. */
export interface NetworkListener {
  onQuestions(questions: readonly DnsQuestion[], source: Source): void;
  onRecords(records: readonly DnsRecord[], source: string, way: Way): void;
  /** The machine has other interfaces than before. */
  onInterfaces(): void;
  /** Multicast does not work here; each kind may be told more than once. */
  onTrouble(trouble: Trouble, cause?: Error): void;
}

/** Why multicast does not work. */
export type Trouble = "cannotBind" | "noInterface" | "cannotSend" | "noEcho";

/**
 * Two sockets on the group, whatever the number of interfaces and services.
 *
 * One is bound to the group's port, as every responder of this machine is: multicast reaches all of them, so it
 * hears everybody's announcements and questions, and announcements leave by it. A packet to this port and this host
 * alone would reach only one of the responders. As go-micro answers a question to the address and port that it came
 * from, whatever the question says, questions are asked from the other socket, on a port of its own.
 * (Tried with go-micro 0.1 on Linux: asked from 5353, all answers go to whichever program bound that port last, and
 * none comes back once another did; asked from another port they always come. Its own lookups come from such a port,
 * too, and want their answer there.)
 */
export class MdnsNetwork {
  readonly #options: ResolvedMdnsOptions;
  readonly #stats: MdnsStats;
  readonly #listener: NetworkListener;
  readonly #limiter: SourceLimiter;
  readonly #generousLimiter: SourceLimiter;
  readonly #responder: MulticastSocket;
  readonly #asker: MulticastSocket;
  readonly #opened: Promise<void>;
  #interfaces: Interfaces;
  #rescan: NodeJS.Timeout | undefined;
  #echoCheck: NodeJS.Timeout | undefined;
  #heardEcho = false;
  #failure: Error | undefined;
  #isClosed = false;

  constructor(options: ResolvedMdnsOptions, stats: MdnsStats, listener: NetworkListener) {
    this.#options = options;
    this.#stats = stats;
    this.#listener = listener;
    // A node is announced in each domain, with a packet.
    this.#limiter = new SourceLimiter(options.limits.packetsPerSecond * options.domains.length);
    this.#generousLimiter = new SourceLimiter(options.limits.packetsPerSecond * generousShare);
    this.#interfaces = readInterfaces(options.interfaces);
    this.#responder = this.#createSocket(options.port, (packet, source) => this.#receive(packet, source, "group"));
    this.#asker = this.#createSocket(0, (packet, source) => this.#receive(packet, source, "answer"));
    this.#opened = this.#open();
  }

  /** Why there is no way to hear anybody; undefined when there is one. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when the sockets are open, or cannot be opened. */
  opened(): Promise<void> {
    return this.#opened;
  }

  /** Asks everybody for the instances of these names, in one packet. */
  ask(names: readonly string[]): void {
    const questions = names.map((name) => ({ name, type: "PTR", class: "IN" }) satisfies DnsQuestion);
    this.#whenOpen(() => this.#asker.say({ questions }));
  }

  /** Tells everybody. */
  announce(answers: readonly DnsRecord[]): void {
    this.#whenOpen(() => this.#responder.say({ answers }));
  }

  /** Tells whoever asked, or everybody when that is the group's port, which many listen on. */
  answer(answers: readonly DnsRecord[], target: Source): void {
    if (target.port === this.#options.port) this.announce(answers);
    else this.#whenOpen(() => this.#responder.tell({ answers }, target));
  }

  /** Resolves when everything announced so far is out. */
  async flush(): Promise<void> {
    await this.#opened;
    await this.#responder.flush();
  }

  /** Frees everything. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opened;
    clearInterval(this.#rescan);
    clearTimeout(this.#echoCheck);
    await Promise.all([this.#responder.close(), this.#asker.close()]);
  }

  #createSocket(port: number, onPacket: (packet: DnsPacket, source: Source) => void): MulticastSocket {
    const { ip } = this.#options;
    return new MulticastSocket({
      group: { address: ip, port: this.#options.port },
      bind: { address: port === 0 ? "0.0.0.0" : bindAddress(ip), port },
      interfaces: () => this.#interfaces.usable,
      onPacket,
      onMalformed: () => this.#stats.malformed++,
      onUnsent: () => this.#stats.unsent++,
      onStuck: (error) => this.#listener.onTrouble("cannotSend", error),
    });
  }

  async #open(): Promise<void> {
    try {
      await Promise.all([this.#asker.open(), this.#responder.open()]);
    } catch (error) {
      this.#failure = error as Error;
      return this.#listener.onTrouble("cannotBind", this.#failure);
    }
    this.#join();
    this.#rescan = setInterval(() => this.#rejoin(), rescanMs).unref();
    // Whoever made the network asks at once, and our own question comes back where multicast works.
    this.#echoCheck = setTimeout(() => this.#checkEcho(), echoMs).unref();
  }

  #join(): void {
    this.#responder.join(this.#interfaces.usable);
    if (this.#interfaces.usable.length === 0) this.#listener.onTrouble("noInterface");
  }

  #rejoin(): void {
    const before = this.#interfaces.usable;
    this.#interfaces = readInterfaces(this.#options.interfaces);
    this.#join();
    if (String(before) !== String(this.#interfaces.usable)) this.#listener.onInterfaces();
  }

  #checkEcho(): void {
    if (!this.#heardEcho) this.#listener.onTrouble("noEcho");
  }

  #whenOpen(send: () => void): void {
    void this.#opened.then(() => {
      if (this.#failure === undefined && !this.#isClosed) send();
    });
  }

  // multicast-dns calls this outside the try in which it decodes: what is thrown here would end the process.
  #receive(packet: DnsPacket, source: Source, way: Way): void {
    if (this.#isClosed) return;
    try {
      this.#stats.packets++;
      const fault = this.#faultOf(packet, source);
      if (fault !== undefined) this.#stats[fault]++;
      else if (!this.#isEcho(packet, source, way)) this.#dispatch(packet, source, way);
    } catch {
      this.#stats.failed++;
    }
  }

  #faultOf({ type, opcode, rcode }: DnsPacket, { address, port }: Source): keyof MdnsStats | undefined {
    const isGenerous = type === "query" || this.#interfaces.own.has(address);
    const limiter = isGenerous ? this.#generousLimiter : this.#limiter;
    if (!limiter.take(address, performance.now())) return "tooMany";
    if (opcode !== "QUERY" || rcode !== "NOERROR") return "notMulticastDns";
    // RFC 6762 §6: responses that are no answer to the port they come from are to be ignored.
    if (type === "response" ? port !== this.#options.port : port === 0) return "badSourcePort";
    return this.#interfaces.isOnLink(address) ? undefined : "offLink";
  }

  #isEcho({ type }: DnsPacket, { address, port }: Source, way: Way): boolean {
    if (type !== "query" || way !== "group") return false;
    const isOwn = port === this.#asker.port && this.#interfaces.own.has(address);
    if (isOwn) this.#heardEcho = true;
    return isOwn;
  }

  #dispatch(packet: DnsPacket, source: Source, way: Way): void {
    if (packet.type === "response") {
      this.#listener.onRecords([...packet.answers, ...packet.additionals], source.address, way);
    } else if (way === "group") {
      this.#listener.onQuestions(packet.questions.slice(0, maxQuestions), source);
    }
  }
}

const rescanMs = 5000;
const echoMs = 2000;
const maxQuestions = 32;

// go-micro 2016 asks once for every call that it makes, and all programs of this machine share its address.
const generousShare = 10;

/**
 * On Linux a socket bound to the group gets what is sent to the group and nothing else, so that it takes no packets
 * from other responders. Elsewhere such a socket cannot send, or not be made.
 */
function bindAddress(ip: string): string {
  return process.platform === "linux" ? ip : "0.0.0.0";
}

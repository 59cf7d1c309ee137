import type { ServiceRecord } from "@micro/kernel";
import { type Registration, registrationOf } from "./consul-record.ts";
import { ConsulFailure, describeFailure, isTransient, refused, unavailable } from "./errors.ts";
import type { Link } from "./link.ts";
import type { ResolvedConsulOptions } from "./options.ts";
import { backoffMs } from "./poll.ts";
import type { ConsulStats } from "./stats.ts";
import type { ThrottledLog } from "./throttled-log.ts";

/**
 * Keeps our own nodes in Consul: a heartbeat for each, and the whole registration again when Consul forgot it, came
 * back from somewhere, or missed heartbeats because this process stood still.
 */
export class Registrar {
  readonly #options: ResolvedConsulOptions;
  readonly #stats: ConsulStats;
  readonly #log: ThrottledLog;
  readonly #link: Link;
  readonly #nodes = new Map<string, OwnNode>();
  #isClosed = false;

  constructor(options: ResolvedConsulOptions, stats: ConsulStats, log: ThrottledLog, link: Link) {
    this.#options = options;
    this.#stats = stats;
    this.#log = log;
    this.#link = link;
    link.onReturn(() => this.#registerAll());
  }

  /**
   * Registers a node and keeps it registered. Where Consul is away it resolves all the same: the node is registered as
   * soon as it is back.
   *
   * @throws MicroError 400 for a record that cannot be, 403 when the token may not
   */
  async register(record: ServiceRecord): Promise<void> {
    const registration = registrationOf(record, this.#options);
    const known = this.#nodes.get(registration.ID);
    clearTimeout(known?.timer);
    const node = createNode(record, registration, known?.queue);
    this.#nodes.set(registration.ID, node);
    this.#count();
    try {
      await this.#inTurn(node, () => this.#send(node));
      this.#schedule(node, this.#beatMs());
    } catch (error) {
      if (error instanceof ConsulFailure && !isTransient(error)) {
        if (this.#isCurrent(node)) this.#nodes.delete(registration.ID);
        this.#count();
        throw refused(`to register "${record.name}"`, error);
      }
      this.#failed(node, error);
    }
  }

  /**
   * Takes a node back, also one that another process registered with the same agent.
   *
   * @throws MicroError 503 when Consul is away; the node's TTL ends it then
   */
  async deregister(record: ServiceRecord, id: string): Promise<void> {
    const node = this.#nodes.get(id);
    if (node !== undefined && node.record.version !== record.version) return;
    if (node === undefined) return this.#sendFarewell(id);
    this.#drop(node);
    await this.#inTurn(node, () => this.#sendFarewell(id));
  }

  /** Takes everything back, as far as that is possible within two seconds. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const nodes = [...this.#nodes.values()];
    for (const node of nodes) this.#drop(node);
    const ends = nodes.map((node) => this.#inTurn(node, () => this.#sendFarewell(node.registration.ID)));
    await Promise.allSettled(ends);
  }

  #drop(node: OwnNode): void {
    clearTimeout(node.timer);
    this.#nodes.delete(node.registration.ID);
    this.#count();
  }

  async #sendFarewell(id: string): Promise<void> {
    try {
      await this.#put(`/v1/agent/service/deregister/${encodeURIComponent(id)}`);
    } catch (error) {
      // Later versions of Consul answer so for a node that is not there, which is no mistake.
      if (error instanceof ConsulFailure && error.status === 404) return;
      const ttl = this.#options.registerTtlMs > 0 ? "; its TTL ends it" : "";
      throw unavailable(`"${id}" is still in Consul${ttl}: ${describeFailure(error, this.#options)}`, error);
    }
  }

  async #send(node: OwnNode): Promise<void> {
    if (!this.#isCurrent(node)) return;
    const sentAt = performance.now();
    await this.#put("/v1/agent/service/register", node.registration);
    node.beatAt = sentAt;
    node.failures = 0;
    node.isPending = false;
    this.#count();
  }

  async #beat(node: OwnNode): Promise<void> {
    try {
      await this.#inTurn(node, () => this.#sendBeat(node));
      this.#schedule(node, this.#beatMs());
    } catch (error) {
      this.#failed(node, error);
    }
  }

  async #sendBeat(node: OwnNode): Promise<void> {
    if (!this.#isCurrent(node)) return;
    const { registerTtlMs } = this.#options;
    const sentAt = performance.now();
    // Without a check there is nothing to beat, and after a TTL without a beat Consul may have forgotten the node.
    if (registerTtlMs === 0 || node.isPending || sentAt - node.beatAt >= registerTtlMs) return this.#send(node);
    try {
      this.#stats.heartbeats++;
      await this.#put(`/v1/agent/check/pass/${encodeURIComponent(`service:${node.registration.ID}`)}`);
      node.beatAt = sentAt;
      node.failures = 0;
    } catch (error) {
      if (!(error instanceof ConsulFailure) || error.kind !== "refused" || error.status === 429) throw error;
      // "does not have associated TTL" in 2016, "Unknown check" later: whatever Consul has against the check, the
      // whole registration says what it should be.
      this.#stats.reregistered++;
      await this.#send(node);
    }
  }

  // Also after a refusal: rights that were taken may be given again, and then the node must be there.
  #failed(node: OwnNode, error: unknown): void {
    if (!this.#isCurrent(node)) return;
    node.failures++;
    node.isPending = true;
    this.#count();
    // While Consul is away its return is what tries again, and that it is away is told already.
    if (this.#link.failure !== undefined) return;
    const text = describeFailure(error, this.#options);
    this.#log.warn("register", `"${node.record.name}" is not registered in Consul, and is tried again: ${text}`);
    this.#schedule(node, Math.min(backoffMs(node.failures), this.#beatMs()));
  }

  #registerAll(): void {
    for (const node of this.#nodes.values()) {
      node.isPending = true;
      this.#schedule(node, Math.random() * returnSpreadMs);
    }
    this.#count();
  }

  #schedule(node: OwnNode, delayMs: number): void {
    clearTimeout(node.timer);
    if (!this.#isCurrent(node)) return;
    node.timer = setTimeout(() => void this.#beat(node), delayMs).unref();
  }

  async #put(path: string, body?: unknown): Promise<void> {
    const given = body === undefined ? {} : { body };
    const { text } = await this.#link.ask({ method: "PUT", path, timeoutMs: orderLimitMs, ...given });
    if (/^\s*</.test(text)) throw new ConsulFailure("garbled", "what answers there is a web page, and not Consul");
  }

  // A registration under way must not end after the farewell that follows it.
  #inTurn(node: OwnNode, run: () => Promise<void>): Promise<void> {
    const turn = node.queue.tail.then(run);
    node.queue.tail = turn.catch(() => {});
    return turn;
  }

  #isCurrent(node: OwnNode): boolean {
    return !this.#isClosed && this.#nodes.get(node.registration.ID) === node;
  }

  #beatMs(): number {
    return this.#options.registerIntervalMs * (1 - Math.random() / 10);
  }

  #count(): void {
    this.#stats.registered = this.#nodes.size;
    this.#stats.pending = [...this.#nodes.values()].filter(({ isPending }) => isPending).length;
  }
}

/** A node of ours. */
interface OwnNode {
  readonly record: ServiceRecord;
  readonly registration: Registration;
  /** Orders for this id, one after the other. */
  readonly queue: { tail: Promise<void> };
  /** When the last beat that Consul took was sent, in milliseconds. */
  beatAt: number;
  failures: number;
  /** Whether Consul has yet to take the registration. */
  isPending: boolean;
  timer: NodeJS.Timeout | undefined;
}

// A server that starts or stops does not wait longer for Consul.
const orderLimitMs = 2000;

// All that is ours at once would be more than Consul needs when it just came up.
const returnSpreadMs = 250;

function createNode(record: ServiceRecord, registration: Registration, queue: OwnNode["queue"] | undefined): OwnNode {
  return {
    record: structuredClone(record),
    registration,
    queue: queue ?? { tail: Promise.resolve() },
    beatAt: -Infinity,
    failures: 0,
    isPending: true,
    timer: undefined,
  };
}

import type { Logger } from "@micro/kernel";

/** Where Consul is and how nodes are kept there. Everything has a default. */
export interface ConsulOptions {
  /**
   * Agents, in the order in which they are tried: `127.0.0.1:8500`, `http://consul:8500`, `https://consul:8501`, several
   * as a list or with commas between. Default `127.0.0.1:8500`. One that answers is kept until it does not.
   */
  readonly address?: string | readonly string[];
  /** ACL token. Default none. It is sent as a header and never logged. */
  readonly token?: string;
  /** The datacenter to look in. Default that of the agent, in which nodes are always registered. */
  readonly datacenter?: string;
  /** For agents at `https://`. Their certificate is always verified. */
  readonly tls?: ConsulTls;
  /**
   * How long, in milliseconds, a node is believed without a heartbeat. Default 60 000. With 0 it has no check and is
   * believed until it is taken back, as go-micro 2016 does unless told otherwise.
   */
  readonly registerTtlMs?: number;
  /** Time between two heartbeats, in milliseconds, less up to a tenth. Default 20 000, three in one TTL. */
  readonly registerIntervalMs?: number;
  /** When Consul forgets a node that missed its TTL, in milliseconds. Default 180 000; Consul takes no less than 60 000. */
  readonly deregisterAfterMs?: number;
  /** How long a lookup of a name that is not known yet may take, in milliseconds. Default 900. */
  readonly lookupTimeoutMs?: number;
  /** How long Consul holds a question while nothing changes, in milliseconds. Default 55 000; at most 600 000. */
  readonly waitMs?: number;
  /**
   * How long, in milliseconds, nodes are still handed out that Consul does not name any more after it came back
   * without what it knew. Default 10 000, in which time they register again. 0 believes it at once.
   */
  readonly minHoldMs?: number;
  /** What an answer may cost this process. */
  readonly limits?: Partial<ConsulLimits>;
  /** Where to say that Consul cannot be reached, or holds what cannot be read. Default nowhere; the plugin gives its own. */
  readonly log?: Pick<Logger, "warn" | "info">;
}

/** What Consul's HTTPS listener is met with, as PEM. */
export interface ConsulTls {
  /** The authorities that may have signed its certificate. Default those of Node. */
  readonly ca?: string | Buffer;
  /** Our own certificate, where Consul asks for one. */
  readonly cert?: string | Buffer;
  /** The key of that certificate. */
  readonly key?: string | Buffer;
  /** The name that its certificate must have. Default the host of the address. */
  readonly serverName?: string;
}

/** What an answer may cost this process. */
export interface ConsulLimits {
  /** Bytes of one answer. Default 32 MiB: the names and tags of 10 000 services are 7. */
  readonly answerBytes: number;
  /** Bytes that one tag may inflate to, also of our own. Default 65 536. */
  readonly inflatedBytes: number;
  /** Nodes of one service that are taken in. Default 10 000. */
  readonly nodesPerService: number;
  /** Services that are remembered. Default 20 000; the least used are forgotten and asked for again. */
  readonly services: number;
}

/** An agent's address, taken apart. */
export interface AgentAddress {
  readonly isSecure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Options with everything decided. */
export interface ResolvedConsulOptions {
  readonly agents: readonly AgentAddress[];
  readonly token: string;
  readonly datacenter: string;
  readonly tls: ConsulTls;
  readonly registerTtlMs: number;
  readonly registerIntervalMs: number;
  readonly deregisterAfterMs: number;
  readonly lookupTimeoutMs: number;
  readonly waitMs: number;
  readonly minHoldMs: number;
  readonly limits: ConsulLimits;
  readonly log: Pick<Logger, "warn" | "info"> | undefined;
}

const defaultLimits: ConsulLimits = Object.freeze({
  answerBytes: 32 * 1024 * 1024,
  inflatedBytes: 65_536,
  nodesPerService: 10_000,
  services: 20_000,
});

/**
 * Fills in what was left out.
 *
 * @throws TypeError that names the option and what it takes
 */
export function resolveOptions(options: ConsulOptions = {}): ResolvedConsulOptions {
  const resolved: ResolvedConsulOptions = {
    agents: resolveAgents(options.address),
    token: options.token ?? "",
    datacenter: options.datacenter ?? "",
    tls: options.tls ?? {},
    registerTtlMs: options.registerTtlMs ?? 60_000,
    registerIntervalMs: options.registerIntervalMs ?? 20_000,
    deregisterAfterMs: options.deregisterAfterMs ?? 180_000,
    lookupTimeoutMs: options.lookupTimeoutMs ?? 900,
    waitMs: options.waitMs ?? 55_000,
    minHoldMs: options.minHoldMs ?? 10_000,
    limits: resolveLimits(options.limits),
    log: options.log,
  };
  const { registerTtlMs, registerIntervalMs, token, tls } = resolved;
  // A header cannot carry other characters, and the error of Node would tell the token.
  check(/^[\x21-\x7e]*$/.test(token), "token", "visible ASCII characters");
  check((tls.cert === undefined) === (tls.key === undefined), "tls", "both cert and key, or neither");
  checkBetween("registerTtlMs", registerTtlMs, 0, maxTimerMs);
  checkBetween("registerIntervalMs", registerIntervalMs, 10, maxTimerMs);
  checkBetween("deregisterAfterMs", resolved.deregisterAfterMs, 60_000, maxTimerMs);
  checkBetween("lookupTimeoutMs", resolved.lookupTimeoutMs, 1, 60_000);
  checkBetween("waitMs", resolved.waitMs, 10, 600_000);
  checkBetween("minHoldMs", resolved.minHoldMs, 0, 3_600_000);
  const isTooSlow = registerTtlMs > 0 && registerIntervalMs >= registerTtlMs;
  check(!isTooSlow, `registerIntervalMs ${registerIntervalMs}`, `less than registerTtlMs ${registerTtlMs}`);
  return resolved;
}

// What setTimeout can wait.
const maxTimerMs = 2 ** 31 - 1;

function resolveAgents(address: string | readonly string[] = "127.0.0.1:8500"): readonly AgentAddress[] {
  const texts = [address].flat().flatMap((text) => text.split(","));
  const given = texts.map((text) => text.trim()).filter((text) => text !== "");
  check(given.length > 0, "an empty list of addresses", "a list with one at least");
  return given.map(parseAgent);
}

// URL reads `localhost:8500` as the scheme `localhost`, and takes what stands before an @ for a password.
function parseAgent(text: string): AgentAddress {
  const [, scheme = "http", rest = ""] = /^(?:(https?):\/\/)?([^/?#@\s]+)\/?$/i.exec(text) ?? [];
  const isSecure = scheme.toLowerCase() === "https";
  const [, inBrackets, plain, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(rest) ?? [];
  const host = inBrackets ?? plain ?? "";
  const number = port === undefined ? (isSecure ? 8501 : 8500) : Number(port);
  const isAddress = host !== "" && number > 0 && number < 65_536;
  check(isAddress, `address "${text}"`, "host:port, http://host:port or https://host:port");
  return { isSecure, host, port: number };
}

function resolveLimits(limits: Partial<ConsulLimits> = {}): ConsulLimits {
  const resolved = { ...defaultLimits, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    check(Number.isSafeInteger(value) && value > 0, `limits.${name} ${value}`, "a whole number above 0");
  }
  return resolved;
}

function checkBetween(name: string, value: number, least: number, most: number): void {
  check(value >= least && value <= most, `${name} ${value}`, `a number from ${least} to ${most}`);
}

function check(holds: boolean, given: string, wanted: string): void {
  if (!holds) throw new TypeError(`registry-consul: ${given} is not ${wanted}`);
}

import { isIPv4 } from "node:net";
import type { Logger } from "@micro/kernel";
import { isDnsName } from "./dns-name.ts";

/** How services are announced and found. Everything has a default that works beside go-micro. */
export interface MdnsOptions {
  /**
   * The domains in which every node is announced and looked for. Default `local`, where go-micro of 2016 is, and
   * `micro`, where go-micro from 1.11 on is. A node that is in several is one node.
   */
  readonly domains?: readonly string[];
  /** The multicast group. Default `224.0.0.251`. Everybody who wants to meet must use the same. */
  readonly ip?: string;
  /** The UDP port of the group. Default 5353. */
  readonly port?: number;
  /**
   * Addresses or names of the network interfaces to use: `192.168.1.7`, `eth0`. Default every one with IPv4, and
   * loopback only when there is no other. One that is not there now is used from when it comes up.
   */
  readonly interface?: string | readonly string[];
  /** How long, in milliseconds, a lookup waits for answers to a name never heard before. Default 100, as go-micro. */
  readonly lookupTimeoutMs?: number;
  /** How many seconds others may believe an announcement without hearing it again. Default 120, which is also the most. */
  readonly ttlSeconds?: number;
  /** What one network, and one host on it, may cost this process. */
  readonly limits?: Partial<MdnsLimits>;
  /** Where to say, once, that multicast does not work here. Default nowhere; the plugin gives its own. */
  readonly log?: Pick<Logger, "warn">;
}

/** What one network, and one host on it, may cost this process. */
export interface MdnsLimits {
  /** Nodes and names of others that are remembered. Default 10 000; more are not taken in. */
  readonly records: number;
  /** Nodes and names remembered from one source address. Default 500. */
  readonly recordsPerSource: number;
  /**
   * Announcements and answers a second taken from one source address, for each domain. Default 200. Ten times that,
   * in all, are taken from this machine, whose programs share an address, and of questions, of which go-micro 2016
   * asks one for every call.
   */
  readonly packetsPerSecond: number;
  /** Bytes of the text of one node. Default 8192, also for our own. */
  readonly textBytes: number;
  /** Bytes that such a text may inflate to. Default 65 536. */
  readonly inflatedBytes: number;
}

/** Options with everything decided. */
export interface ResolvedMdnsOptions {
  readonly domains: readonly string[];
  readonly ip: string;
  readonly port: number;
  readonly interfaces: readonly string[];
  readonly lookupTimeoutMs: number;
  readonly ttlSeconds: number;
  readonly limits: MdnsLimits;
  readonly log: Pick<Logger, "warn"> | undefined;
}

/** The most that anybody's announcement is believed without hearing it again. */
export const maxTtlSeconds = 120;

const defaultLimits: MdnsLimits = Object.freeze({
  records: 10_000,
  recordsPerSource: 500,
  packetsPerSecond: 200,
  textBytes: 8192,
  inflatedBytes: 65_536,
});

/**
 * Fills in what was left out.
 *
 * @throws TypeError that names the option and what it takes
 */
export function resolveOptions(options: MdnsOptions = {}): ResolvedMdnsOptions {
  const interfaces = options.interface === undefined ? [] : [options.interface].flat();
  for (const name of interfaces)
    check(isInterface(name), `interface "${name}"`, "an IPv4 address or a name such as eth0");
  const resolved: ResolvedMdnsOptions = {
    domains: (options.domains ?? ["local", "micro"]).map((domain) => domain.replace(/^\.+|\.+$/g, "")),
    ip: options.ip ?? "224.0.0.251",
    port: options.port ?? 5353,
    interfaces,
    lookupTimeoutMs: options.lookupTimeoutMs ?? 100,
    ttlSeconds: options.ttlSeconds ?? maxTtlSeconds,
    limits: resolveLimits(options.limits),
    log: options.log,
  };
  const { domains, ip, port, lookupTimeoutMs, ttlSeconds } = resolved;
  check(domains.length > 0, "an empty list of domains", "a list with one at least");
  for (const domain of domains) {
    check(isDnsName(domain), `domain "${domain}"`, "labels of 1 to 63 bytes with dots between");
    check(isOnlyEnd(domain, domains), `domain "${domain}"`, "one that no other in the list ends with");
  }
  check(isMulticast(ip), `ip "${ip}"`, "an IPv4 multicast address, 224.0.0.0 to 239.255.255.255");
  check(isBetween(port, 1, 65_535), `port ${port}`, "a number from 1 to 65535");
  check(lookupTimeoutMs >= 0 && lookupTimeoutMs <= 60_000, `lookupTimeoutMs ${lookupTimeoutMs}`, "0 to 60000");
  check(isBetween(ttlSeconds, 1, maxTtlSeconds), `ttlSeconds ${ttlSeconds}`, `a number from 1 to ${maxTtlSeconds}`);
  return resolved;
}

function resolveLimits(limits: Partial<MdnsLimits> = {}): MdnsLimits {
  const resolved = { ...defaultLimits, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    check(isBetween(value, 1, Number.MAX_SAFE_INTEGER), `limits.${name} ${value}`, "a whole number above 0");
  }
  return resolved;
}

function check(holds: boolean, given: string, wanted: string): void {
  if (!holds) throw new TypeError(`registry-mdns: ${given} is not ${wanted}`);
}

// A name that ends with both would be in both.
function isOnlyEnd(domain: string, domains: readonly string[]): boolean {
  return domains.filter((other) => `.${other}`.endsWith(`.${domain}`)).length === 1;
}

// A text with a colon is most often the address of another registry that was left in the environment.
function isInterface(name: string): boolean {
  return isIPv4(name) || (/^[\w.-]+$/.test(name) && /[a-z]/i.test(name));
}

function isMulticast(ip: string): boolean {
  return isIPv4(ip) && isBetween(Number(ip.split(".")[0]), 224, 239);
}

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

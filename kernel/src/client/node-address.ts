import type { BlockList, LookupFunction } from "node:net";
import { clientErrorId, MicroError } from "@micro/wire";

// Loopback is none of them: a fleet may be one machine.
const refused: readonly (readonly [why: string, networks: readonly string[]])[] = [
  ["is link-local, where clouds keep the secrets of a machine", ["169.254.0.0/16", "fe80::/10", "64:ff9b::a9fe:0/112"]],
  ["is where a cloud keeps the secrets of a machine", ["100.100.100.200/32", "fd00:ec2::254/128"]],
  ["is a multicast address", ["224.0.0.0/4", "ff00::/8"]],
  ["is the broadcast address", ["255.255.255.255/32"]],
  ["names no machine", ["0.0.0.0/8", "::/128"]],
];

/**
 * Why no node can be at an IP address; `undefined` when one can, and for a name. What a registry says of nodes is said
 * by whoever can write to it, and must not make a caller talk to what only the caller's machine reaches.
 *
 * @param host without brackets
 */
export function refusalOf(host: string): string | undefined {
  // Nearly every address there is; a list takes microseconds for it.
  if (/^(?:10|127|172|192)\.[\d.]+$/.test(host)) return undefined;
  const family = process.getBuiltinModule("node:net").isIP(host);
  if (family === 0) return undefined;
  const [address = ""] = host.split("%");
  lists ??= refused.map(([why, networks]) => [why, blockList(networks)] as const);
  // A list of IPv4 networks knows the IPv6 addresses that stand for theirs.
  return lists.find(([, list]) => list.check(address, family === 4 ? "ipv4" : "ipv6"))?.[0];
}

/**
 * Node's `dns.lookup`, for `net.connect` and what builds on it: a name is looked up once, what it stands for is checked
 * as {@link refusalOf} does, and just that is dialled. It fails with a MicroError 502 `address_not_allowed`.
 */
export const lookupNode: LookupFunction = (hostname, options, callback) => {
  process.getBuiltinModule("node:dns").lookup(hostname, options, (error, found, family) => {
    const addresses = Array.isArray(found) ? found.map(({ address }) => address as string) : [found];
    const bad = error === null ? addresses.find((address) => refusalOf(address) !== undefined) : undefined;
    const failure = bad === undefined ? error : notAllowed(hostname, `it stands for ${bad}, which ${refusalOf(bad)}`);
    // Node hands on whatever it is given; its type knows only the errors of the system.
    callback(failure as NodeJS.ErrnoException | null, found, family);
  });
};

/** @throws MicroError 502 `address_not_allowed` when no node can be at `host:port` */
export function assertAllowed(address: string): void {
  const why = refusalOf(address.slice(0, address.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1"));
  if (why !== undefined) throw notAllowed(address, `it ${why}`);
}

let lists: readonly (readonly [why: string, list: BlockList])[] | undefined;

function blockList(networks: readonly string[]): BlockList {
  const { BlockList, isIPv4 } = process.getBuiltinModule("node:net");
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return list;
}

function notAllowed(address: string, why: string): MicroError {
  const detail = `address not allowed: ${address}: ${why}`;
  return new MicroError(clientErrorId, 502, detail, { reason: "address_not_allowed", notProcessed: true });
}

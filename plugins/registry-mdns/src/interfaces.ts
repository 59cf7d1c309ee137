import { BlockList, isIPv4 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** The IPv4 side of this machine at one moment. */
export interface Interfaces {
  /** One address for each interface to use. */
  readonly usable: readonly string[];
  /** All addresses of this machine. */
  readonly own: ReadonlySet<string>;
  /** Whether an address is on a network that this machine is connected to. */
  readonly isOnLink: (address: string) => boolean;
}

/** Looks at the interfaces; `selected` are addresses or names, all but loopback when empty, or loopback alone. */
export function readInterfaces(selected: readonly string[]): Interfaces {
  const all = ipv4Addresses();
  const own = new Set(all.map(({ address }) => address));
  return { usable: selectUsable(all, selected), own, isOnLink: linkCheck(all) };
}

/**
 * An address at which others reach this machine: the first private one as in go-micro 2016, then any that is not
 * loopback, then loopback.
 */
export function outsideAddress(): string {
  const outside = ipv4Addresses().filter(({ internal }) => !internal);
  return (outside.find(({ address }) => isPrivate(address)) ?? outside[0])?.address ?? "127.0.0.1";
}

type NamedAddress = NetworkInterfaceInfo & { readonly name: string };

function ipv4Addresses(): readonly NamedAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({ family }) => family === "IPv4").map((address) => ({ ...address, name })),
  );
}

function selectUsable(all: readonly NamedAddress[], selected: readonly string[]): readonly string[] {
  const outside = all.filter(({ internal }) => !internal);
  const candidates = outside.length > 0 ? outside : all;
  if (selected.length === 0) return firstOfEach(candidates);
  return firstOfEach(all.filter(({ name, address }) => selected.includes(name) || selected.includes(address)));
}

// A group is joined once per interface, whatever the number of its addresses.
function firstOfEach(addresses: readonly NamedAddress[]): readonly string[] {
  return [...new Map(addresses.toReversed().map(({ name, address }) => [name, address])).values()].toReversed();
}

function linkCheck(all: readonly NamedAddress[]): (address: string) => boolean {
  const links = new BlockList();
  for (const { address, cidr } of all) {
    const bits = Number(cidr?.split("/")[1] ?? 0);
    // Some clouds give addresses with no network around them; what is on the link can then not be known.
    if (bits >= 31) return isIPv4;
    links.addSubnet(address, bits, "ipv4");
  }
  return (address) => isIPv4(address) && links.check(address, "ipv4");
}

function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

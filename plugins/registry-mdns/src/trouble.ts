import type { Trouble } from "./mdns-network.ts";
import type { ResolvedMdnsOptions } from "./options.ts";

/** What to tell a person about a network on which multicast does not work, and what to do. */
export function describeTrouble(trouble: Trouble, options: ResolvedMdnsOptions, cause: Error | undefined): string {
  return `mDNS: ${reasons[trouble](options, cause?.message ?? "")}; services of other processes may not be found. ${advice}`;
}

const reasons: Readonly<Record<Trouble, (options: ResolvedMdnsOptions, cause: string) => string>> = {
  cannotBind: ({ port }, cause) => `UDP port ${port} cannot be shared with what holds it (${cause})`,
  noInterface: ({ interfaces }) =>
    interfaces.length === 0
      ? "this machine has no network interface with IPv4"
      : `no network interface is ${interfaces.join(" or ")}`,
  cannotSend: ({ ip }, cause) => `nothing can be sent to ${ip} (${cause})`,
  noEcho: ({ ip, port }) => `what was sent to ${ip}:${port} did not come back`,
};

const advice =
  "Allow multicast on UDP in the firewall, run containers in the host's network, name the interface with --registry_address, or choose another registry, such as --registry=consul.";

export { registryMdns } from "./registry-mdns.ts";
export { MdnsRegistry } from "./mdns-registry.ts";
export type { MdnsLimits, MdnsOptions } from "./options.ts";
export type { MdnsStats } from "./stats.ts";

export { registryConsul, type RegistryConsulOptions } from "./registry-consul.ts";

// For use without a kernel.
export { ConsulRegistry } from "./consul-registry.ts";
export type { ConsulLimits, ConsulOptions, ConsulTls } from "./options.ts";
export type { ConsulStats } from "./stats.ts";

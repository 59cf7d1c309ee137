export { devserver, type DevserverOptions } from "./devserver-plugin.ts";
export { startHost } from "./start-host.ts";
export type { Guest, GuestFactory, GuestSource, Hot } from "./host/guest.ts";
export { DevEvents } from "./events.ts";
export type { DevHost, DevHostOptions, DevService } from "./dev-host.ts";
export type * from "./events.ts";

// For tools that read the live stream.
export { protocolName, tokenHeader, tokenPrefix } from "./hub/protocol.ts";
export type * from "./hub/protocol.ts";
export type * from "./observe/fleet.ts";

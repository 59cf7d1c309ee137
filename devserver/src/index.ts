export { devserver, type DevserverOptions } from "./devserver-plugin.ts";
export { startHost } from "./start-host.ts";
export type { Guest, GuestFactory, GuestSource, Hot } from "./host/guest.ts";
export { DevEvents } from "./events.ts";
export type * from "./dev-host.ts";
export type * from "./events.ts";
export type { InputShape } from "./host/input-shape.ts";
export type { KeptLogs } from "./kept-logs.ts";

// For tools that read the live stream.
export { protocolName, tokenHeader, tokenPrefix } from "./hub/protocol.ts";
export type * from "./hub/protocol.ts";
export type { CallKind } from "./observe/captured-call.ts";
export type { EdgeKey, EdgeKind, WindowFigures, WindowName } from "./observe/edge.ts";
export type { SeenEndpoint, SeenNode, SeenService } from "./observe/fleet.ts";
export type { PastEdge } from "./observe/history.ts";
export type { JsonText } from "./observe/json-text.ts";

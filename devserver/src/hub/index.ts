export { type Hub, type HubOptions, startHub } from "./start-hub.ts";
export { protocolName, tokenHeader, tokenPrefix } from "./protocol.ts";
export type * from "./protocol.ts";

// For programs.
export { type Kernel, type KernelOptions, type KernelState, startKernel } from "./kernel.ts";
export { type Config, type ConfigExport, defineConfig, type LocalMode, type PluginList } from "./config.ts";
export { bidi, clientStream, defineService, method, serverStream } from "./service.ts";
export type * from "./service.ts";
export type * from "./context.ts";
export type * from "./pubsub.ts";
export type { CallTrace, Client, ServiceClient } from "./client.ts";
export type * from "./client-request.ts";
export type { ClientStream } from "./stream.ts";
export type { ServedService, ServeOptions } from "./served-service.ts";
export { badRequest, forbidden, internalServerError, MicroError, notFound, timedOut, unauthorized } from "@micro/wire";
export { canonicalName, getMetadata } from "@micro/wire";
export type * from "@micro/wire";
export { formatDuration, parseDuration, Settings, UsageError } from "@micro/settings";
export type * from "@micro/settings";
export { filterEndpoint, filterLabel, filterVersion } from "./filters.ts";
export { version } from "./version.ts";

// For plugins.
export { definePlugin } from "./plugin.ts";
export type * from "./plugin.ts";
export type * from "./capabilities.ts";
export type * from "./hooks.ts";
export { type LogFields, type Logger, formatLine, namedLog } from "./log.ts";

// For implementations of capabilities.
export type * from "./broker.ts";
export type * from "./registry.ts";
export type * from "./selector.ts";
export { createSelector, randomSelector, roundRobinSelector, type Strategy } from "./selectors.ts";
export type * from "./transport.ts";
export { bodyBytes, bodyLength, bodyText, cancelled, clientErrorId, deadlineExceeded } from "@micro/wire";
export * from "@micro/limits";
export { splitAddress } from "./record.ts";

// For programs that read their own command line.
export { collectFlags, resolveSettings, type SettingsSources } from "./settings.ts";
export { kernelKinds } from "./kernel-flags.ts";
export { amendConfig } from "./plugin-order.ts";
export { nearest, parseArguments, splitFlag, variableOf } from "@micro/settings";

// In-memory implementations.
export * from "./memory/index.ts";

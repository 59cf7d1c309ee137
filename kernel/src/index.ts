// For programs.
export { type Kernel, type KernelOptions, type KernelState, startKernel } from "./kernel.ts";
export { type Config, type ConfigExport, defineConfig, type LocalMode, type PluginList } from "./contracts/config.ts";
export { bidi, clientStream, defineService, method, serverStream } from "./server/service.ts";
export type * from "./server/service.ts";
export type * from "./server/context.ts";
export type * from "./server/pubsub.ts";
export type { CallTrace, Client, ServiceClient } from "./client/client.ts";
export type * from "./client/client-request.ts";
export type { ClientStream } from "./client/stream.ts";
export type { ServedService, ServeOptions, Swap, SwapOptions } from "./server/served-service.ts";
export type { ReplacedCode } from "./server/replaced-code.ts";
export { badRequest, forbidden, internalServerError, MicroError, notFound, timedOut, unauthorized } from "@micro/wire";
export { attemptHeader, canonicalName, getMetadata } from "@micro/wire";
export type * from "@micro/wire";
export { formatDuration, parseDuration, Settings, UsageError } from "@micro/settings";
export type * from "@micro/settings";
export { filterEndpoint, filterLabel, filterVersion } from "./client/filters.ts";
export { version } from "./version.ts";

// For plugins.
export { definePlugin } from "./contracts/plugin.ts";
export type * from "./contracts/plugin.ts";
export type * from "./contracts/capabilities.ts";
export type * from "./contracts/hooks.ts";
export { type LogFields, type Logger, formatLine, namedLog } from "./contracts/log.ts";

// For implementations of capabilities.
export type * from "./contracts/broker.ts";
export type * from "./contracts/registry.ts";
export type * from "./contracts/selector.ts";
export { createSelector, randomSelector, randomStrategy, roundRobinSelector } from "./client/selectors.ts";
export type * from "./contracts/transport.ts";
export { endOfJsonString, invalidRequest, invalidResponse, isJsonDeeper, Malformed, schemaNeeded } from "@micro/wire";
export { bodyBytes, bodyLength, bodyText, cancelled, clientErrorId, deadlineExceeded } from "@micro/wire";
export * from "@micro/limits";
export { advertisedAddress, splitAddress } from "./server/record.ts";
export { assertAllowed, lookupNode, refusalOf } from "./client/node-address.ts";

// For hosts that run the code of a service in another thread.
export { createSlot, singleAnswer } from "./server/served-method.ts";
export { methodsOf, resolveMethod } from "./server/service.ts";

// For programs that read their own command line.
export { collectFlags, resolveSettings, type SettingsSources } from "./composition/settings.ts";
export { kernelKinds } from "./composition/kernel-flags.ts";
export { amendConfig } from "./composition/plugin-order.ts";
export {
  findMistypedVariables,
  isSecret,
  nearest,
  parseArguments,
  readEnvFile,
  shownText,
  shownValue,
  splitFlag,
  variableOf,
} from "@micro/settings";

// In-memory implementations.
export * from "./memory/index.ts";

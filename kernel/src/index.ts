// For programs.
export { type Kernel, type KernelOptions, type KernelState, startKernel } from "./kernel.ts";
export { type Config, type ConfigExport, defineConfig, type LocalMode, type PluginList } from "./config.ts";
export {
  bidi,
  clientStream,
  defineService,
  type Handlers,
  type Method,
  type MethodKind,
  type MethodOptions,
  method,
  type ServiceDefinition,
  type StandardSchema,
  serverStream,
  type Subscriber,
  type SubscriberDefinition,
} from "./service.ts";
export type { CallContext, Context } from "./context.ts";
export type { SubscriberContext, PublishOptions } from "./pubsub.ts";
export type { Client, ServiceClient } from "./client.ts";
export type { CallOptions } from "./client-request.ts";
export type { ClientStream } from "./stream.ts";
export type { ServedService, ServeOptions } from "./served-service.ts";
export {
  badRequest,
  forbidden,
  internalServerError,
  MicroError,
  type MicroErrorOptions,
  notFound,
  timedOut,
  unauthorized,
} from "./errors.ts";
export { canonicalName, getMetadata, type Metadata } from "./metadata.ts";
export { type Duration, formatDuration, parseDuration } from "./duration.ts";
export { filterEndpoint, filterLabel, filterVersion } from "./filters.ts";
export { version } from "./version.ts";

// For plugins.
export {
  type CapabilityDeclaration,
  type Command,
  type CommandContext,
  type CommandModule,
  definePlugin,
  type Plugin,
  type PluginContext,
} from "./plugin.ts";
export type { Capabilities, CapabilityFactory, CapabilityKind } from "./capabilities.ts";
export type * from "./flags.ts";
export type {
  Attempt,
  AttemptNext,
  ClientNext,
  DialNext,
  DialTarget,
  HandlerNext,
  KernelHooks,
  PublishNext,
  SelectNext,
  SubscriberNext,
} from "./hooks.ts";
export type { ClientRequest, ClientRoute } from "./client-request.ts";
export type { HandlerRoute } from "./context.ts";
export type { Publication } from "./pubsub.ts";
export { type LogFields, type Logger, formatLine, namedLog } from "./log.ts";

// For implementations of capabilities.
export type { Broker, BrokerHandler, Subscription } from "./broker.ts";
export type { Codec, Envelope, ReplyEnvelope, ReplyHead, RequestEnvelope, SchemaMapping } from "./codec.ts";
export type {
  Endpoint,
  EndpointValue,
  Registry,
  RegistryEvent,
  RegistryWatch,
  ServiceNode,
  ServiceRecord,
} from "./registry.ts";
export type { Filter, Selection, Selector, SelectorFactory } from "./selector.ts";
export { createSelector, randomSelector, roundRobinSelector, type Strategy } from "./selectors.ts";
export type { ClientExchange, Connection, Listener, ListenOptions, ServerExchange, Transport } from "./transport.ts";
export { type Abortable, Cancellation } from "./cancellation.ts";
export { cancelled, deadlineExceeded } from "./client-request.ts";
export { type Deadline, deadlineOf, deadlines, Expiring, type Limits } from "./deadline.ts";
export { type Body, bodyBytes, bodyLength, bodyText, type Header, type Message } from "./message.ts";
export { clientErrorId } from "./errors.ts";
export { splitAddress } from "./record.ts";

// For programs that read their own command line.
export { type Arguments, parseArguments, splitFlag } from "./arguments.ts";
export { kernelKinds } from "./kernel-flags.ts";
export { nearest } from "./nearest.ts";
export { amendConfig } from "./plugin-order.ts";
export {
  collectFlags,
  type KnownFlag,
  type RawFlags,
  resolveSettings,
  type Setting,
  type SettingSource,
  Settings,
  type SettingsSources,
  UsageError,
  variableOf,
} from "./settings.ts";

// In-memory implementations.
export * from "./memory/index.ts";

// Messages and what they carry.
export { type Body, bodyBytes, bodyLength, bodyText, type Header, type Message } from "./message.ts";
export {
  attemptHeader,
  canonicalName,
  fromServiceHeader,
  getMetadata,
  type Metadata,
  mergeMetadata,
  metadataOf,
  noMetadata,
} from "./metadata.ts";
export { mediaType } from "./media-type.ts";

// Errors.
export {
  badRequest,
  cancelled,
  clientErrorId,
  deadlineExceeded,
  type ErrorMaker,
  errorFromWire,
  forbidden,
  internalServerError,
  MicroError,
  type MicroErrorOptions,
  notFound,
  timedOut,
  unauthorized,
} from "./errors.ts";
export { statusText } from "./status-text.ts";

// Codecs and protocols.
export { invalidRequest, invalidResponse, Malformed, schemaNeeded } from "./codec-errors.ts";
export { endOfJsonString, isJsonDeeper } from "./json-text.ts";
export type { Codec, Envelope, ReplyEnvelope, ReplyHead, RequestEnvelope, SchemaMapping } from "./codec.ts";
export {
  endOfStream,
  type IncomingReply,
  type IncomingRequest,
  type OutgoingRequest,
  type Protocol,
} from "./protocol.ts";
export { protocolOfNode, protocolOfRequest } from "./choose-protocol.ts";
export { mucp } from "./mucp.ts";
export { rpc2016 } from "./rpc-2016.ts";

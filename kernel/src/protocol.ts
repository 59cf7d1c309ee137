import type { Codec, ReplyHead } from "./codec.ts";
import { clientErrorId, MicroError, notFound } from "./errors.ts";
import { bodyText, type Header, type Message } from "./message.ts";

/** A request as a protocol read it; its value is still packed, as the method tells which schema it has. */
export interface IncomingRequest extends ReplyHead {
  value(schema: unknown): unknown;
}

/** A reply as a protocol read it. */
export interface IncomingReply {
  /** The text of an error, `undefined` for success. */
  readonly error: string | undefined;
  value(schema: unknown): unknown;
}

/**
 * Says where service, method, id and error stand in a message. `rpc-2016` has them in an envelope in the body, which
 * each codec brings along.
 */
export interface Protocol {
  /** What a node says in its `protocol` metadata; nodes of 2016 say nothing. */
  readonly name: string;
  /** Whether a codec can be used with it. */
  supports(codec: Codec): boolean;
  writeRequest(codec: Codec, header: Header, method: string, id: number, value: unknown, schema: unknown): Message;
  /** @throws MicroError 502 when it is no reply */
  readReply(codec: Codec, message: Message): IncomingReply;
  /** @throws MicroError 400 when it is no request */
  readRequest(codec: Codec, message: Message): IncomingRequest;
  writeReply(codec: Codec, header: Header, head: ReplyHead, value: unknown, schema: unknown): Message;
  writeError(codec: Codec, header: Header, head: ReplyHead, error: string): Message;
}

/** The error text that ends a stream. */
export const endOfStream = "EOS";

/** The protocol of June 2016: an envelope in the body, JSON-RPC or proto-rpc by content type. */
export const rpc2016: Protocol = {
  name: "rpc-2016",
  supports: (codec) => codec.envelope !== undefined,
  writeRequest: (codec, header, method, id, value, schema) => ({
    header,
    body: envelopeOf(codec).writeRequest(method, id, value, schema),
  }),
  readReply(codec, message) {
    checkContentType(codec, message);
    const envelope = envelopeOf(codec);
    const { error, payload } = envelope.readReply(message.body);
    return { error, value: (schema) => envelope.value(payload, schema) };
  },
  readRequest(codec, message) {
    const envelope = envelopeOf(codec);
    const { method, id, payload } = envelope.readRequest(message.body);
    return { method, id, value: (schema) => envelope.value(payload, schema) };
  },
  writeReply: (codec, header, head, value, schema) => ({
    header,
    body: envelopeOf(codec).writeReply(head, value, schema),
  }),
  writeError: (codec, header, head, error) => ({ header, body: envelopeOf(codec).writeError(head, error) }),
};

/**
 * The error behind the text that stood in a reply. A text that is no MicroError becomes a 500 with the text as its
 * detail, apart from those with which go-micro says that a method does not exist.
 */
export function errorFromWire(text: string): MicroError {
  const error = MicroError.parse(text);
  if (error.code !== 0) return error;
  if (/^rpc: can't find (service|method) /.test(error.detail)) {
    return notFound(clientErrorId, error.detail, { reason: "unknown_method" });
  }
  return new MicroError(error.id || clientErrorId, 500, error.detail);
}

/** The media type of a content type header, lower case, without parameters; `undefined` when its charset is not UTF-8. */
export function mediaType(contentType: string): string | undefined {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const foreign = parameters.some((text) => /^\s*charset\s*=/.test(text) && !/=\s*"?utf-?8"?\s*$/.test(text));
  return foreign ? undefined : type.trim();
}

function envelopeOf(codec: Codec): NonNullable<Codec["envelope"]> {
  if (codec.envelope !== undefined) return codec.envelope;
  throw new MicroError(clientErrorId, 500, `the codec "${codec.name}" has no envelope for the protocol of 2016`);
}

// A server of 2016 that does not know a content type says so as text, with the status of a success: read as an
// envelope its first bytes would be taken for a length.
function checkContentType(codec: Codec, message: Message): void {
  const contentType = message.header["Content-Type"];
  if (contentType === undefined || codec.contentTypes.includes(contentType)) return;
  const type = mediaType(contentType);
  if (type !== undefined && codec.contentTypes.includes(type)) return;
  const text = type === "text/plain" ? safeText(message) : `a reply in ${JSON.stringify(contentType.slice(0, 64))}`;
  throw new MicroError(clientErrorId, 502, `invalid response: ${text}`, { reason: "invalid_response" });
}

function safeText(message: Message): string {
  try {
    return bodyText(message.body).slice(0, 256);
  } catch {
    return "a text that is not UTF-8";
  }
}

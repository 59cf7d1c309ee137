import type { Codec, ReplyHead } from "./codec.ts";
import { clientErrorId, MicroError } from "./errors.ts";
import { mediaType } from "./media-type.ts";
import { bodyText, type Header, type Message } from "./message.ts";

/** What a client says with every message of an exchange, whatever its value. */
export interface OutgoingRequest {
  /** Metadata, content type and timeout; the same object for exchanges in which they are the same. */
  readonly header: Header;
  readonly service: string;
  /** `Say.Hello` */
  readonly method: string;
  /** Unique among the exchanges of this process. */
  readonly exchange: number;
  readonly stream: boolean;
}

/** A request as a protocol read it; its value is still packed, as the method tells which schema it has. */
export interface IncomingRequest extends ReplyHead {
  /** Whether it carries nothing and says that no more items follow. */
  readonly isEnd: boolean;
  /** @throws MicroError 400 */
  value(schema: unknown): unknown;
}

/** A reply as a protocol read it. */
export interface IncomingReply {
  /** The text of an error, `undefined` for success. */
  readonly error: string | undefined;
  /** Of the request that it answers, where the protocol has one that can be relied on. */
  readonly id?: unknown;
  value(schema: unknown): unknown;
}

/** Says where service, method, id and error stand in a message; how values look is the codec's to say. */
export interface Protocol {
  /** What a node says in its `protocol` metadata; nodes of 2016 say nothing. */
  readonly name: string;
  /** Whether a codec can be used with it. */
  supports(codec: Codec): boolean;
  /** Writes a message of an exchange: 0 is the call, or what opens a stream, and the items count from 1. */
  writeRequest(codec: Codec, outgoing: OutgoingRequest, id: number, value: unknown, schema: unknown): Message;
  /** The message that says that no more items follow. Without it, the half-close of the transport says so. */
  writeEnd?(outgoing: OutgoingRequest): Message;
  /** @throws MicroError 502 when it is no reply */
  readReply(codec: Codec, message: Message): IncomingReply;
  /** @throws MicroError 400 when it is no request */
  readRequest(codec: Codec, message: Message): IncomingRequest;
  writeReply(codec: Codec, header: Header, head: ReplyHead, value: unknown, schema: unknown): Message;
  writeError(codec: Codec, header: Header, head: ReplyHead, error: string): Message;
}

/** The error text that ends a stream. */
export const endOfStream = "EOS";

/**
 * Checks that a reply is in the encoding of its request. A go-micro server that does not know a content type says so
 * as text, with the status of a success: read as an envelope its first bytes would be taken for a length.
 *
 * @throws MicroError 502 that quotes such a text
 */
export function checkContentType(codec: Codec, message: Message): void {
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

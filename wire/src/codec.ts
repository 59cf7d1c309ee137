import type { Body } from "./message.ts";

/**
 * Turns values into bodies and back, for the content types it names. Installed by a tap on the `codec` hook, many
 * at once. Every reader takes hostile bytes: it throws a MicroError 400, or 413 for
 * what would grow beyond its limits, and nothing else.
 */
export interface Codec {
  /** A short name for messages to people: `json`. */
  readonly name: string;
  /** Content types, lower case and without parameters. The first is the one it writes. */
  readonly contentTypes: readonly string[];
  /** Writes a bare value, as pub/sub and the later protocol carry it. `undefined` is written as an empty value. */
  encode(value: unknown, schema?: unknown): Body;
  /** Reads a bare value. An empty body is the empty value. */
  decode(body: Body, schema?: unknown): unknown;
  /** How a call looks in the protocol of 2016, which has an envelope in the body. Without it the codec cannot serve there. */
  readonly envelope?: Envelope;
}

/** The envelope of 2016 in one encoding: JSON-RPC, or proto-rpc. */
export interface Envelope {
  /** Writes a request. `id` is 0 for a call and counts the messages of a stream. */
  writeRequest(method: string, id: number, value: unknown, schema?: unknown): Body;
  /**
   * Reads a request, its value not yet: the method tells which schema that has.
   *
   * @throws MicroError 400
   */
  readRequest(body: Body): RequestEnvelope;
  /** Writes a reply with a value. An absent value is `{}`, because `null` crashes a client of 2016. */
  writeReply(head: ReplyHead, value: unknown, schema?: unknown): Body;
  /** Writes a reply with an error: its JSON, or `EOS` at the end of a stream. */
  writeError(head: ReplyHead, error: string): Body;
  /**
   * Reads a reply.
   *
   * @throws MicroError 502, as it is the peer who is wrong
   */
  readReply(body: Body): ReplyEnvelope;
  /**
   * Makes the value of the payload of an envelope that it read.
   *
   * @throws MicroError 400
   */
  value(payload: unknown, schema?: unknown): unknown;
}

/** What stands in an answer besides its value. */
export interface ReplyHead {
  readonly method: string;
  /** The id of the request, exactly as {@link Envelope.readRequest} gave it. */
  readonly id: unknown;
}

/** A request whose value is still packed. */
export interface RequestEnvelope extends ReplyHead {
  readonly payload: unknown;
}

/** A reply whose value is still packed. */
export interface ReplyEnvelope {
  readonly id: unknown;
  /** The text of an error, `undefined` for success. */
  readonly error: string | undefined;
  readonly payload: unknown;
}

/**
 * How the values of a schema look in JSON, for a codec that knows JSON and not the schema. Supplied by a tap on the
 * `schema` hook, so that a method with a schema gets the same value under every content type.
 */
export interface SchemaMapping {
  /** What JSON.stringify shall see; a bigint in it is written as a number literal. */
  toJson(value: unknown): unknown;
  /**
   * The value of parsed JSON.
   *
   * @throws MicroError 400 that names the field
   */
  fromJson(json: unknown): unknown;
}

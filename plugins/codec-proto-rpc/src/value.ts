import { create, type DescMessage, fromBinary, isMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { invalidRequest, Malformed, MicroError, schemaNeeded } from "@micro/kernel";
import { checkInit } from "./check-init.ts";
import { checkWire, maxDepth } from "./check-wire.ts";
import { unwritable } from "./errors.ts";
import { messageFromJson } from "./message-from-json.ts";

const nothing = new Uint8Array(0);

/**
 * The bytes of a value: with a schema a message or what `create` makes one of, without one the bytes themselves.
 * `undefined` and `null` are the default message, which has none.
 *
 * @throws MicroError 500
 */
export function encodeValue(value: unknown, schema?: unknown): Uint8Array {
  if (value === undefined || value === null) return nothing;
  if (schema === undefined) return encodeBytes(value);
  const type = messageType(schema);
  return encodeMessage(type, toMessage(type, value));
}

/**
 * The value of bytes: with a schema its message, without one the bytes themselves.
 *
 * @throws MicroError 400
 */
export function decodeValue(bytes: Uint8Array, schema?: unknown): unknown {
  const plain = plainBytes(bytes);
  if (schema === undefined) return plain;
  const type = messageType(schema);
  try {
    checkWire(type, plain);
    return fromBinary(type, plain, readOptions);
  } catch (error) {
    throw invalidRequest(explainReading(error));
  }
}

/**
 * The message of a value: itself, or one made of a plain object, spelled as protobuf-es does it or as JSON is.
 *
 * @throws MicroError 500
 */
export function toMessage(type: DescMessage, value: unknown): Message {
  if (isMessage(value, type)) return value;
  if (isMessage(value)) throw unwritable(`it is a ${value.$typeName}, not a ${type.typeName}`);
  return checkInit(type, value) ? create(type, value as Record<string, unknown>) : messageFromOwnJson(type, value);
}

/** Whether something is a schema of protobuf-es. */
export function isMessageType(schema: unknown): schema is DescMessage {
  if (typeof schema !== "object" || schema === null) return false;
  const { kind, typeName } = schema as Partial<DescMessage>;
  return kind === "message" && typeof typeName === "string";
}

// Unknown fields are of no use to a handler, and each would cost fifty times its bytes.
const readOptions = { readUnknownFields: false, recursionLimit: maxDepth };

// A message's bytes are views of what it was read from; they must not be Buffers when that happens to be one.
function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}

function messageType(schema: unknown): DescMessage {
  if (isMessageType(schema)) return schema;
  throw schemaNeeded("the schema is no message of protobuf-es");
}

function encodeBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (isMessage(value)) throw schemaNeeded(`a ${value.$typeName} cannot be written as protobuf without its schema`);
  // The answer of a handler that answers nothing.
  if (typeof value === "object" && Object.keys(value as object).length === 0) return nothing;
  throw schemaNeeded("a value cannot be written as protobuf without a schema");
}

function encodeMessage(type: DescMessage, message: Message): Uint8Array {
  try {
    return toBinary(type, message);
  } catch (error) {
    if (error instanceof RangeError) throw unwritable("it nests too deep", error);
    throw unwritable(error instanceof Error ? error.message : String(error), error);
  }
}

function messageFromOwnJson(type: DescMessage, value: unknown): Message {
  try {
    return messageFromJson(type, value);
  } catch (error) {
    // Here the value is ours, and nobody else's fault.
    throw MicroError.is(error) ? unwritable(`${type.typeName}: ${error.detail}`, error) : error;
  }
}

// The library throws plain errors. Its decoder of text throws a TypeError.
function explainReading(error: unknown): unknown {
  if (error instanceof TypeError) return new Malformed("text is not UTF-8");
  return error;
}

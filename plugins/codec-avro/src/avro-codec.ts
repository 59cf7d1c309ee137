import { type Body, bodyBytes, type Codec, schemaNeeded } from "@micro/kernel";
import avsc, { type Type } from "avsc";
import { checkBytes } from "./check-bytes.ts";
import { checkValue } from "./check-value.ts";
import { emptyValue } from "./empty-value.ts";
import { invalidRequest, unwritable } from "./errors.ts";

/**
 * Avro's binary encoding of bare values. It has no envelope, because go-micro 2016 had no Avro: it is for pub/sub and
 * the later protocol. It knows nothing of a kernel and can be used alone.
 *
 * The schema is a type of avsc, made by this program and never by a peer. Without one a value is its bytes, both ways.
 * What it reads nests at most 100 deep, has at most ten items for each byte and a million in all, and ends where its
 * value ends.
 */
export const avroCodec: Codec = {
  name: "avro",
  contentTypes: ["application/avro", "avro/binary"],
  encode,
  decode,
};

function encode(value: unknown, schema?: unknown): Body {
  if (schema === undefined) return encodeBytes(value);
  const type = avroType(schema);
  if (value === undefined) return type.toBuffer(emptyValue(type, unwritable));
  checkValue(type, value);
  return toBuffer(type, value);
}

function decode(body: Body, schema?: unknown): unknown {
  const bytes = toBytes(body);
  if (schema === undefined) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = avroType(schema);
  if (bytes.length === 0) return emptyValue(type, invalidRequest);
  checkBytes(type, bytes);
  try {
    return type.fromBuffer(bytes);
  } catch (error) {
    // What is left are logical types, which look at values with code of their own.
    throw invalidRequest("malformed message", error);
  }
}

// avsc reads with methods of Buffer.
function toBytes(body: Body): Buffer {
  const bytes = bodyBytes(body);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function encodeBytes(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  throw schemaNeeded("a value cannot be written as Avro without a schema");
}

function avroType(schema: unknown): Type {
  if (avsc.Type.isType(schema)) return schema as Type;
  throw schemaNeeded("the schema is no type of avsc");
}

function toBuffer(type: Type, value: unknown): Buffer {
  try {
    return type.toBuffer(value);
  } catch (error) {
    throw unwritable(error instanceof Error ? error.message : String(error), error);
  }
}

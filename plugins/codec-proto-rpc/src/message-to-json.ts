import { type DescField, type DescMessage, isFieldSet, type Message, ScalarType } from "@bufbuild/protobuf";
import { unwritable } from "./errors.ts";
import { messageOfLocal } from "./local-value.ts";
import { setOwn } from "./own.ts";

/**
 * What JSON.stringify shall see of a message. 64-bit integers that a number cannot hold are bigints.
 *
 * @throws MicroError 500 that names the field for what JSON has no number for
 */
export function messageToJson(type: DescMessage, message: Message): Record<string, unknown> {
  try {
    return fieldsToJson(type, message);
  } catch (error) {
    throw error instanceof RangeError ? unwritable("it nests too deep", error) : error;
  }
}

function fieldsToJson(type: DescMessage, message: Message): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const field of type.fields) {
    if (isFieldSet(message, field)) setOwn(json, field.name, fieldToJson(field, fieldValue(message, field)));
  }
  return json;
}

function fieldValue(message: Message, { localName, oneof }: DescField): unknown {
  const members = message as Message & Readonly<Record<string, unknown>>;
  return oneof === undefined ? members[localName] : (members[oneof.localName] as { value: unknown }).value;
}

function fieldToJson(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "list") return (value as unknown[]).map((item) => itemToJson(field, item));
  if (field.fieldKind !== "map") return itemToJson(field, value);
  const json: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value as object)) setOwn(json, key, itemToJson(field, item));
  return json;
}

function itemToJson(field: DescField, value: unknown): unknown {
  if (field.message !== undefined) return fieldsToJson(field.message, messageOfLocal(field, field.message, value));
  return field.scalar === undefined ? value : scalarToJson(field, field.scalar, value);
}

function scalarToJson(field: DescField, type: ScalarType, value: unknown): unknown {
  switch (type) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return integerToJson(BigInt(value as bigint | number | string));
    case ScalarType.DOUBLE:
      return finite(field, value as number);
    case ScalarType.FLOAT:
      return shortestFloat(finite(field, value as number));
    case ScalarType.BYTES:
      return bytesToJson(value as Uint8Array);
    default:
      return value;
  }
}

function integerToJson(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function finite(field: DescField, value: number): number {
  if (Number.isFinite(value)) return value;
  throw unwritable(`${field.parent.typeName}.${field.name} is ${value}, which JSON does not have`);
}

// As Go writes a float32: the fewest digits that name it, 0.1 and not 0.10000000149011612.
function shortestFloat(value: number): number {
  const float = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(9));
}

function bytesToJson({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

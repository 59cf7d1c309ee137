import { create, type DescEnum, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { scalarZeroValue } from "@bufbuild/protobuf/reflect";
import { invalidField } from "./errors.ts";
import { localOfMessage } from "./local-value.ts";
import { setOwn } from "./own.ts";

/**
 * The message of parsed JSON. Names match in any case, those of the `.proto` file and those in camel case; of a field
 * that comes twice the last one counts. `null` is absent, and what the schema does not know is passed over.
 *
 * @throws MicroError 400 that names the field
 */
export function messageFromJson(type: DescMessage, json: unknown): Message {
  try {
    return json === undefined || json === null ? create(type) : readMessage(type, json, 0);
  } catch (error) {
    throw error instanceof Wrong ? invalidField(error.path, error.message) : error;
  }
}

const maxDepth = 100;

/** What is wrong with a field, whose path grows on the way out. */
class Wrong extends Error {
  path = "";

  /** The same, in a member of that name or with that index. */
  within(segment: string): this {
    this.path = `${segment}${this.path === "" || this.path.startsWith("[") ? "" : "."}${this.path}`;
    return this;
  }
}

function readMessage(type: DescMessage, json: unknown, depth: number): Message {
  if (!isObject(json)) throw new Wrong("must be an object");
  if (depth > maxDepth) throw new Wrong("nests too deep");
  const message = create(type);
  const fields = fieldsOf(type);
  for (const [name, value] of Object.entries(json)) {
    const field = fields.get(name) ?? fields.get(name.toLowerCase());
    if (field !== undefined && value !== null && value !== undefined)
      setField(message, field, within(field.name, readField, field, value, depth));
  }
  return message;
}

const tables = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The fields by their names, also in lower case. The names of the `.proto` file go before those in camel case. */
function fieldsOf(type: DescMessage): ReadonlyMap<string, DescField> {
  let table = tables.get(type);
  if (table === undefined) {
    const byJsonName = type.fields.map((field) => [jsonNameOf(field), field] as const);
    const byName = type.fields.map((field) => [field.name, field] as const);
    const all = [...byJsonName, ...byName];
    table = new Map([...all.map(([name, field]) => [name.toLowerCase(), field] as const), ...all]);
    tables.set(type, table);
  }
  return table;
}

// protoc always gives one; descriptors that somebody else made may have none.
function jsonNameOf({ jsonName, localName }: DescField): string {
  return jsonName || localName;
}

function setField(message: Message, { localName, oneof }: DescField, value: unknown): void {
  const members = message as Message & Record<string, unknown>;
  if (oneof === undefined) members[localName] = value;
  else members[oneof.localName] = { case: localName, value };
}

function readField(field: DescField, json: unknown, depth: number): unknown {
  if (field.fieldKind === "list") return readList(field, json, depth);
  if (field.fieldKind === "map") return readMap(field, field.mapKey, json, depth);
  return readItem(field, json, depth);
}

function readList(field: DescField, json: unknown, depth: number): unknown[] {
  if (!Array.isArray(json)) throw new Wrong("must be an array");
  return json.map((item, index) => within(`[${index}]`, readItem, field, item, depth));
}

function readMap(field: DescField, keyType: ScalarType, json: unknown, depth: number): Record<string, unknown> {
  if (!isObject(json)) throw new Wrong("must be an object");
  const map: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(json)) setOwn(map, readKey(keyType, key), readItem(field, item, depth));
  return map;
}

function readItem(field: DescField, json: unknown, depth: number): unknown {
  if (field.message !== undefined) return readChild(field, field.message, json, depth);
  if (field.enum !== undefined) return readEnum(field.enum, json);
  const { scalar, longAsString } = field as DescField & { scalar: ScalarType; longAsString?: boolean };
  if (json === null) return scalarZeroValue(scalar, longAsString === true);
  const value = readScalar(scalar, json);
  return longAsString === true ? String(value) : value;
}

function readChild(field: DescField, type: DescMessage, json: unknown, depth: number): unknown {
  const message = json === null ? create(type) : readMessage(type, json, depth + 1);
  return localOfMessage(field, type, message);
}

/** Runs a reader; what it finds wrong is in that segment. */
function within<A extends unknown[], Value>(segment: string, read: (...args: A) => Value, ...args: A): Value {
  try {
    return read(...args);
  } catch (error) {
    throw error instanceof Wrong ? error.within(segment) : error;
  }
}

function readEnum({ values, open, value: byNumber }: DescEnum, json: unknown): number {
  if (json === null) return values[0]?.number ?? 0;
  // Go writes numbers. A name is what people write.
  const named = typeof json === "string" ? values.find(({ name }) => name === json)?.number : json;
  const number = typeof named === "number" && isWithin(named, -(2 ** 31), 2 ** 31 - 1) ? named : undefined;
  if (number === undefined || (!open && byNumber[number] === undefined))
    throw new Wrong("must be a number of its enum");
  return number;
}

function readScalar(type: ScalarType, json: unknown): unknown {
  switch (type) {
    case ScalarType.STRING:
      if (typeof json !== "string") throw new Wrong("must be a string");
      return json;
    case ScalarType.BOOL:
      if (typeof json !== "boolean") throw new Wrong("must be true or false");
      return json;
    case ScalarType.BYTES:
      return readBase64(json);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return readNumber(json, type === ScalarType.FLOAT);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return readInteger(json, -(2 ** 31), 2 ** 31 - 1);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return readInteger(json, 0, 2 ** 32 - 1);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return readLong(json, 0n, 2n ** 64n - 1n);
    default:
      return readLong(json, -(2n ** 63n), 2n ** 63n - 1n);
  }
}

// Map keys are texts in JSON, and texts in the object that protobuf-es keeps for a map, whatever their type.
function readKey(type: ScalarType, key: string): string {
  if (type === ScalarType.STRING) return key;
  if (type === ScalarType.BOOL) {
    if (key !== "true" && key !== "false") throw new Wrong("must have true and false as its keys");
    return key;
  }
  if (!integerText.test(key)) throw new Wrong("must have integers as its keys");
  const isLong = typeof scalarZeroValue(type, false) === "bigint";
  return String(readScalar(type, isLong ? key : Number(key)));
}

function readNumber(json: unknown, isFloat: boolean): number {
  if (typeof json !== "number") throw new Wrong("must be a number");
  const number = isFloat ? Math.fround(json) : json;
  if (!Number.isFinite(number)) throw new Wrong("must be a smaller number");
  return number;
}

function readInteger(json: unknown, min: number, max: number): number {
  if (typeof json === "number" && isWithin(json, min, max)) return json;
  throw new Wrong(`must be an integer from ${min} to ${max}`);
}

const integerText = /^-?\d{1,20}$/;

function readLong(json: unknown, min: bigint, max: bigint): bigint {
  // JSON.parse has rounded such a number already, and nobody can tell what it was.
  if (typeof json === "number" && Number.isInteger(json) && !Number.isSafeInteger(json)) {
    throw new Wrong("is beyond 2^53, where numbers of JSON are not exact: write it as a string");
  }
  const isInteger = typeof json === "bigint" || Number.isInteger(json) || integerText.test(String(json));
  const value = isInteger && !Array.isArray(json) ? BigInt(json as bigint | number | string) : undefined;
  if (value === undefined || value < min || value > max) throw new Wrong(`must be an integer from ${min} to ${max}`);
  return value;
}

function readBase64(json: unknown): Uint8Array {
  // Not from JSON, but from a handler that spells its answer as JSON is.
  if (json instanceof Uint8Array) return json;
  if (typeof json !== "string") throw new Wrong("must be a string in base64");
  const bytes = Buffer.from(json, "base64");
  // The decoder passes over what is no base64. Only what it would write itself is.
  if (bytes.toString("base64") !== json) throw new Wrong("must be in base64, padded, without line breaks");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

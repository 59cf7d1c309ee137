import type { Type } from "avsc";
import { invalidRequest } from "./errors.ts";
import { longBytes } from "./long.ts";
import { setOwn } from "./own.ts";
import { isExactLong, maxDepth, type Shape, type ShapeOf, shapeOf } from "./shape.ts";
import { isText } from "./text.ts";

/**
 * The value of parsed JSON, the same as the binary encoding gives. A field that is absent, or null where its type has
 * no null, has its default; members that the schema does not know are passed over.
 *
 * @throws MicroError 400 that names the field
 */
export function valueFromJson(type: Type, json: unknown): unknown {
  try {
    const value = read(shapeOf(type), json, 0);
    // Through the encoding once, so that records, branches and logical values are those of avsc.
    return type.clone(value);
  } catch (error) {
    if (!(error instanceof Wrong)) throw invalidRequest("malformed message", error);
    throw invalidRequest(`${error.path || (type.name ?? "the value")} ${error.message}`);
  }
}

/** What is wrong with a field, whose path grows on the way out. */
class Wrong extends Error {
  path = "";

  /** The same, in a member of that name or with that index. */
  within(segment: string): this {
    this.path = `${segment}${this.path === "" || this.path.startsWith("[") ? "" : "."}${this.path}`;
    return this;
  }
}

function read(shape: Shape, json: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new Wrong("nests too deep");
  switch (shape.kind) {
    case "null":
      return expect(json, json === null, "null");
    case "boolean":
      return expect(json, typeof json === "boolean", "true or false");
    case "int":
      return expect(json, shape.type.isValid(json), "an integer of 32 bits");
    case "long":
      return readLong(json);
    case "customLong":
      return readCustomLong(shape, json);
    case "float":
    case "double":
      return expect(json, Number.isFinite(json), "a number");
    case "string":
      return expect(json, isText(json), "a string");
    case "enum":
      return expect(json, shape.symbols.includes(json as string), `one of ${shape.symbols.join(", ")}`);
    case "bytes":
      return readBase64(json);
    case "fixed":
      return expectSize(readBase64(json), shape.size);
    case "array":
      return readArray(shape, json, depth);
    case "map":
      return readMap(shape, json, depth);
    case "record":
      return readRecord(shape, json, depth);
    case "union":
      return readUnion(shape, json, depth);
    case "logical":
      return readLogical(shape, json, depth);
  }
}

function expect(json: unknown, isRight: boolean, what: string): unknown {
  if (!isRight) throw new Wrong(`must be ${what}`);
  return json;
}

function readLong(json: unknown): unknown {
  if (Number.isInteger(json) && !isExactLong(json)) {
    throw new Wrong("is too large to be exact: its schema needs a type for longs, and JSON a string");
  }
  return expect(json, isExactLong(json), "an integer");
}

function readCustomLong({ type }: ShapeOf<"customLong">, json: unknown): unknown {
  // JSON.parse has rounded such a number already, and nobody can tell what it was.
  if (Number.isInteger(json) && !Number.isSafeInteger(json)) {
    throw new Wrong("is beyond 2^53, where numbers of JSON are not exact: write it as a string");
  }
  const isDigits = typeof json === "string" && /^-?\d{1,19}$/.test(json);
  const value = isDigits || typeof json === "bigint" || Number.isInteger(json) ? BigInt(json as string) : undefined;
  if (value === undefined || BigInt.asIntN(64, value) !== value) throw new Wrong("must be an integer of 64 bits");
  return type.fromBuffer(longBytes(value));
}

function readBase64(json: unknown): Buffer {
  if (typeof json !== "string") throw new Wrong("must be a string in base64");
  const bytes = Buffer.from(json, "base64");
  // The decoder passes over what is no base64. Only what it would write itself is.
  if (bytes.toString("base64") !== json) throw new Wrong("must be in base64, padded, without line breaks");
  return bytes;
}

function expectSize(bytes: Buffer, size: number): Buffer {
  if (bytes.length !== size) throw new Wrong(`must have ${size} bytes`);
  return bytes;
}

function readArray({ items }: ShapeOf<"array">, json: unknown, depth: number): unknown[] {
  if (!Array.isArray(json)) throw new Wrong("must be an array");
  return json.map((item, index) => within(`[${index}]`, items, item, depth));
}

function readMap({ values }: ShapeOf<"map">, json: unknown, depth: number): Record<string, unknown> {
  if (!isObject(json)) throw new Wrong("must be an object");
  const map: Record<string, unknown> = {};
  for (const key of Object.keys(json)) {
    if (key === "__proto__" || !isText(key)) throw new Wrong("must not have such a key");
    map[key] = read(values, json[key], depth + 1);
  }
  return map;
}

function readRecord({ fields }: ShapeOf<"record">, json: unknown, depth: number): Record<string, unknown> {
  if (!isObject(json)) throw new Wrong("must be an object");
  const record: Record<string, unknown> = {};
  for (const { name, shape, defaultValue } of fields) {
    const member = Object.hasOwn(json, name) ? json[name] : undefined;
    const isAbsent = member === undefined || (member === null && !takesNull(shape));
    if (isAbsent && defaultValue === undefined) throw new Wrong("is missing and has no default").within(name);
    setOwn(record, name, isAbsent ? defaultValue : within(name, shape, member, depth));
  }
  return record;
}

function takesNull(shape: Shape): boolean {
  if (shape.kind === "logical") return takesNull(shape.underlying);
  return shape.kind === "null" || (shape.kind === "union" && shape.branches.some(takesNull));
}

/** Reads a part; what is found wrong is in that segment. */
function within(segment: string, shape: Shape, json: unknown, depth: number): unknown {
  try {
    return read(shape, json, depth + 1);
  } catch (error) {
    throw error instanceof Wrong ? error.within(segment) : error;
  }
}

function readUnion(shape: ShapeOf<"union">, json: unknown, depth: number): unknown {
  if (json === null && takesNull(shape)) return null;
  return shape.isWrapped ? readWrapped(shape, json, depth) : readUnwrapped(shape, json, depth);
}

function readWrapped({ branches }: ShapeOf<"union">, json: unknown, depth: number): unknown {
  const [name = "", ...others] = isObject(json) ? Object.keys(json) : [];
  const branch = branches.find(({ type }) => type.branchName === name);
  if (branch === undefined || others.length > 0) throw new Wrong(`must be { branch: value }, ${namesOf(branches)}`);
  return { [name]: within(name, branch, (json as Readonly<Record<string, unknown>>)[name], depth) };
}

/** The first branch that takes it: what is text and bytes to avsc is text to JSON. */
function readUnwrapped({ branches }: ShapeOf<"union">, json: unknown, depth: number): unknown {
  const problems: Wrong[] = [];
  for (const branch of branches) {
    try {
      return read(branch, json, depth + 1);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      problems.push(error);
    }
  }
  // The one that came furthest knows best what is wrong.
  throw problems.find(({ path }) => path !== "") ?? new Wrong(`must be ${namesOf(branches)}`);
}

function namesOf(branches: readonly Shape[]): string {
  return `one of ${branches.map(({ type }) => type.branchName).join(", ")}`;
}

function readLogical({ underlying, conversion }: ShapeOf<"logical">, json: unknown, depth: number): unknown {
  const value = read(underlying, json, depth);
  try {
    return conversion._fromValue(value);
  } catch {
    throw new Wrong("is not a value of its type");
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

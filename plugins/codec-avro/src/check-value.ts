import type { Type } from "avsc";
import { unwritable } from "./errors.ts";
import { isExactLong, maxDepth, type Shape, type ShapeOf, shapeOf } from "./shape.ts";
import { isText } from "./text.ts";

/**
 * Looks through a value before avsc writes it, which tells of a mistake without its place, fails on objects without a
 * prototype, and writes two things that nobody can read: text with half an emoji, and longs whose sign it loses.
 *
 * @throws MicroError 500 that names the field
 */
export function checkValue(type: Type, value: unknown): void {
  const problem = problemOf(shapeOf(type), value, 0);
  if (problem !== undefined) throw unwritable(`${type.name ?? "the value"}${problem}`);
}

/** The branch of a union that a value belongs to, and the value in it; `undefined` when it belongs to none. */
export function branchOf(shape: ShapeOf<"union">, value: unknown): [Shape, unknown] | undefined {
  if (shape.isWrapped && value !== null) return wrappedBranch(shape, value);
  const branch = shape.branches.find((branch) => problemOf(branch, value, 0) === undefined);
  return branch === undefined ? undefined : [branch, value];
}

/** What is wrong, behind the path to it; made only where something is. */
type Problem = string | undefined;

function problemOf(shape: Shape, value: unknown, depth: number): Problem {
  if (depth > maxDepth) return " nests too deep";
  switch (shape.kind) {
    case "record":
      return problemOfRecord(shape, value, depth);
    case "array":
      return problemOfArray(shape, value, depth);
    case "map":
      return problemOfMap(shape, value, depth);
    case "union":
      return problemOfUnion(shape, value, depth);
    case "logical":
      return problemOfLogical(shape, value, depth);
    default:
      return problemOfScalar(shape, value);
  }
}

type Scalar = Exclude<Shape, { readonly kind: "record" | "array" | "map" | "union" | "logical" }>;

function problemOfScalar(shape: Scalar, value: unknown): Problem {
  switch (shape.kind) {
    case "null":
      return value === null ? undefined : " must be null";
    case "boolean":
      return typeof value === "boolean" ? undefined : " must be true or false";
    case "int":
      return isInt(value) ? undefined : " must be an integer of 32 bits";
    case "long":
      return isExactLong(value) ? undefined : " must be an integer from -2^52 to 2^53 - 2, or have a type for longs";
    case "customLong":
      return shape.type.isValid(value) ? undefined : " must be what its type for longs takes";
    case "float":
    case "double":
      return typeof value === "number" ? undefined : " must be a number";
    case "string":
      return problemOfText(value);
    case "enum":
      return shape.symbols.includes(value as string) ? undefined : ` must be one of ${shape.symbols.join(", ")}`;
    case "bytes":
      return Buffer.isBuffer(value) ? undefined : " must be a Buffer";
    case "fixed":
      return isBufferOf(value, shape.size) ? undefined : ` must be a Buffer of ${shape.size} bytes`;
  }
}

function isInt(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) <= 2 ** 31 - 1;
}

function isBufferOf(value: unknown, size: number): boolean {
  return Buffer.isBuffer(value) && value.length === size;
}

function problemOfText(value: unknown): Problem {
  if (isText(value)) return undefined;
  return typeof value === "string" ? " has a lone surrogate" : " must be a string";
}

function problemOfRecord({ fields }: ShapeOf<"record">, value: unknown, depth: number): Problem {
  if (!isObject(value)) return " must be an object";
  for (const { name, shape, defaultValue } of fields) {
    const member = value[name];
    if (member === undefined && defaultValue !== undefined) continue;
    const problem = member === undefined ? " is missing" : problemOf(shape, member, depth + 1);
    if (problem !== undefined) return `.${name}${problem}`;
  }
  return undefined;
}

function problemOfArray({ items }: ShapeOf<"array">, value: unknown, depth: number): Problem {
  if (!Array.isArray(value)) return " must be an array";
  for (let index = 0; index < value.length; index++) {
    const problem = problemOf(items, value[index], depth + 1);
    if (problem !== undefined) return `[${index}]${problem}`;
  }
  return undefined;
}

function problemOfMap({ values }: ShapeOf<"map">, value: unknown, depth: number): Problem {
  if (!isObject(value)) return " must be an object";
  for (const key of Object.keys(value)) {
    if (key === "__proto__") return " must not have the key __proto__";
    const problem = problemOfText(key) ?? problemOf(values, value[key], depth + 1);
    if (problem !== undefined) return `[${JSON.stringify(key.slice(0, 64))}]${problem}`;
  }
  return undefined;
}

function problemOfUnion(shape: ShapeOf<"union">, value: unknown, depth: number): Problem {
  return shape.isWrapped && value !== null
    ? problemOfWrapped(shape, value, depth)
    : problemOfUnwrapped(shape, value, depth);
}

function problemOfWrapped(shape: ShapeOf<"union">, value: unknown, depth: number): Problem {
  const found = wrappedBranch(shape, value);
  if (found === undefined) return ` must be { branch: value }, branch ${namesOf(shape)}`;
  const [branch, content] = found;
  const problem = problemOf(branch, content, depth + 1);
  return problem === undefined ? undefined : `.${branch.type.branchName}${problem}`;
}

function wrappedBranch({ branches }: ShapeOf<"union">, value: unknown): [Shape, unknown] | undefined {
  if (!isObject(value)) return undefined;
  const [name = "", ...others] = Object.keys(value);
  const branch = branches.find(({ type }) => type.branchName === name);
  return branch === undefined || others.length > 0 ? undefined : [branch, value[name]];
}

function problemOfUnwrapped(shape: ShapeOf<"union">, value: unknown, depth: number): Problem {
  let inside: Problem;
  for (const branch of shape.branches) {
    const problem = problemOf(branch, value, depth + 1);
    if (problem === undefined) return undefined;
    // One that is about a part of the value tells that its branch is the right one.
    if (!problem.startsWith(" ")) inside = problem;
  }
  return inside ?? ` must be ${namesOf(shape)}`;
}

function namesOf({ branches }: ShapeOf<"union">): string {
  return `one of ${branches.map(({ type }) => type.branchName).join(", ")}`;
}

function problemOfLogical(
  { underlying, conversion, type }: ShapeOf<"logical">,
  value: unknown,
  depth: number,
): Problem {
  let converted: unknown;
  try {
    converted = conversion._toValue(value);
  } catch {
    // As for avsc, the same as a value that it does not know.
  }
  if (converted === undefined) return ` must be of type ${type.typeName.replace("logical:", "")}`;
  return problemOf(underlying, converted, depth);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

import type { Type } from "avsc";
import { unwritable } from "./errors.ts";
import { branchOf, isExactLong, maxDepth, type Shape, type ShapeOf, shapeOf } from "./shape.ts";
import { isText } from "./text.ts";

/**
 * Looks through a value before avsc writes it, which tells of a mistake without its place, and writes two things that
 * nobody can read: text with half an emoji, and longs whose sign it loses.
 *
 * @throws MicroError 500 that names the field
 */
export function checkValue(type: Type, value: unknown): void {
  const problem = problemOf(shapeOf(type), value, 0);
  if (problem !== undefined) throw unwritable(`${type.name ?? "the value"}${problem}`);
}

/** What is wrong, behind the path to it; made only where something is. */
type Problem = string | undefined;

function problemOf(shape: Shape, value: unknown, depth: number): Problem {
  if (depth > maxDepth) return " nests too deep";
  switch (shape.kind) {
    case "string":
      return problemOfText(value);
    case "long":
      return isExactLong(value) ? undefined : " must be an integer from -2^52 to 2^53 - 2, or have a type for longs";
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
      return shape.type.isValid(value) ? undefined : ` must be of type ${shape.type.name ?? shape.kind}`;
  }
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
  const found = isUnionValue(shape, value) ? branchOf(shape, value) : undefined;
  if (found !== undefined) return problemOf(found[0], found[1], depth + 1);
  const names = shape.branches.map(({ type }) => type.branchName).join(", ");
  return shape.isWrapped ? ` must be null or { branch: value }, branch one of ${names}` : ` must be one of ${names}`;
}

function isUnionValue({ isWrapped }: ShapeOf<"union">, value: unknown): boolean {
  return !isWrapped || value === null || isObject(value);
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

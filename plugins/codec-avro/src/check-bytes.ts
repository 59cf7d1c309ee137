import type { Type } from "avsc";
import { AvroReader } from "./avro-reader.ts";
import { invalidRequest } from "./errors.ts";
import { isExactLong, maxDepth, type Shape, type ShapeOf, shapeOf } from "./shape.ts";

/**
 * Looks through the bytes of a value before avsc reads them, which believes every count: five bytes can stand for
 * twenty million nulls. What passes here avsc reads in time and space that its length bounds, and as it was written.
 *
 * @throws MicroError 400, or 413 when there are too many items
 */
export function checkBytes(type: Type, bytes: Buffer): void {
  const reader = new AvroReader(bytes);
  check(shapeOf(type), reader, 0);
  if (!reader.isAt(bytes.length)) throw invalidRequest("malformed message");
}

function check(shape: Shape, reader: AvroReader, depth: number): void {
  if (depth > maxDepth) throw invalidRequest("nesting too deep");
  switch (shape.kind) {
    case "null":
      return;
    case "boolean":
      reader.boolean();
      return;
    case "int":
      checkInt(reader.long());
      return;
    case "long":
      checkLong(reader.long());
      return;
    case "customLong":
      reader.long();
      return;
    case "float":
      reader.skip(4);
      return;
    case "double":
      reader.skip(8);
      return;
    case "fixed":
      reader.skip(shape.size);
      return;
    case "bytes":
      reader.skip(reader.length());
      return;
    case "string":
      reader.text();
      return;
    case "enum":
      reader.index(shape.symbols.length);
      return;
    case "union":
      check(shape.branches[reader.index(shape.branches.length)] as Shape, reader, depth + 1);
      return;
    case "logical":
      check(shape.underlying, reader, depth);
      return;
    case "record":
      for (const field of shape.fields) check(field.shape, reader, depth + 1);
      return;
    case "array":
      checkBlocks(reader, minBytes(shape.items), () => check(shape.items, reader, depth + 1));
      return;
    case "map":
      checkBlocks(reader, 1, () => checkEntry(shape, reader, depth));
      return;
  }
}

function checkInt(value: number): void {
  if (value < -(2 ** 31) || value > 2 ** 31 - 1) throw invalidRequest("malformed message");
}

function checkLong(value: number): void {
  if (!isExactLong(value)) throw invalidRequest("a long is too large to be read exactly");
}

function checkEntry({ values }: ShapeOf<"map">, reader: AvroReader, depth: number): void {
  // avsc would lose it: it assigns members to an object.
  if (reader.text() === "__proto__") throw invalidRequest("a map must not have the key __proto__");
  check(values, reader, depth + 1);
}

/** The items of an array or map: blocks behind their counts, until one is empty. A negative count has a size behind it. */
function checkBlocks(reader: AvroReader, itemBytes: number, checkItem: () => void): void {
  for (let count = reader.long(); count !== 0; count = reader.long()) {
    const end = count < 0 ? reader.end(reader.length()) : undefined;
    const items = Math.abs(count);
    reader.expectItems(items, itemBytes);
    for (let item = 0; item < items; item++) checkItem();
    if (end !== undefined && !reader.isAt(end)) throw invalidRequest("malformed message");
  }
}

const minimums = new WeakMap<Shape, number>();

/** A number of bytes that a value has at least; 0 where it may have none. */
function minBytes(shape: Shape): number {
  let minimum = minimums.get(shape);
  if (minimum === undefined) {
    minimum = computeMinBytes(shape);
    minimums.set(shape, minimum);
  }
  return minimum;
}

function computeMinBytes(shape: Shape): number {
  switch (shape.kind) {
    case "null":
      return 0;
    case "fixed":
      return shape.size;
    case "logical":
      return minBytes(shape.underlying);
    case "record":
      // It ends: a record within itself goes through a union, an array or a map, and those have a byte.
      return shape.fields.reduce((sum, field) => sum + minBytes(field.shape), 0);
    default:
      return 1;
  }
}

import { branchOf } from "./check-value.ts";
import { unwritable } from "./errors.ts";
import { exactLong } from "./long.ts";
import type { Shape, ShapeOf } from "./shape.ts";

/**
 * What JSON.stringify shall see of a value that fits its type.
 *
 * @throws MicroError 500 for numbers that JSON does not have
 */
export function valueToJson(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "customLong":
      return exactLong(shape.type.toBuffer(value));
    case "float":
    case "double":
      if (!Number.isFinite(value)) throw unwritable(`a ${shape.kind} is ${value}, which JSON does not have`);
      return value;
    case "bytes":
    case "fixed":
      return (value as Buffer).toString("base64");
    case "array":
      return (value as unknown[]).map((item) => valueToJson(shape.items, item));
    case "map":
      return mapToJson(shape, value as Readonly<Record<string, unknown>>);
    case "record":
      return recordToJson(shape, value as Readonly<Record<string, unknown>>);
    case "union":
      return unionToJson(shape, value);
    case "logical":
      return valueToJson(shape.underlying, shape.conversion._toValue(value));
    default:
      return value;
  }
}

// Without a prototype, any name is a member as all others.
function emptyObject(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function mapToJson({ values }: ShapeOf<"map">, map: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const json = emptyObject();
  for (const key of Object.keys(map)) json[key] = valueToJson(values, map[key]);
  return json;
}

function recordToJson(
  { fields }: ShapeOf<"record">,
  record: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const json = emptyObject();
  for (const { name, shape, defaultValue } of fields) {
    const value = record[name];
    json[name] = valueToJson(shape, value === undefined ? defaultValue : value);
  }
  return json;
}

function unionToJson(shape: ShapeOf<"union">, value: unknown): unknown {
  const [branch, content] = branchOf(shape, value) as [Shape, unknown];
  const json = valueToJson(branch, content);
  return shape.isWrapped && content !== null ? { [branch.type.branchName as string]: json } : json;
}

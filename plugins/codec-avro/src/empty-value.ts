import type { MicroError } from "@micro/kernel";
import type { Type } from "avsc";
import { setOwn } from "./own.ts";
import { type Shape, type ShapeOf, shapeOf } from "./shape.ts";

/**
 * The value of an empty body: a record of defaults, an empty array or map, or null. Avro has no zero values, so a
 * record with a field that has no default has no empty value either.
 *
 * @param fault makes the error for whoever should have known
 * @throws the error of `fault`
 */
export function emptyValue(type: Type, fault: (problem: string) => MicroError): unknown {
  return type.clone(emptyOf(shapeOf(type), fault));
}

function emptyOf(shape: Shape, fault: (problem: string) => MicroError): unknown {
  switch (shape.kind) {
    case "null":
      return null;
    case "array":
      return [];
    case "map":
      return {};
    case "record":
      return emptyRecord(shape, fault);
    case "logical":
      return shape.conversion._fromValue(emptyOf(shape.underlying, fault));
    default:
      throw fault(`there is no value, and ${shape.type.name ?? shape.kind} has no default`);
  }
}

function emptyRecord({ type, fields }: ShapeOf<"record">, fault: (problem: string) => MicroError): object {
  const record: Record<string, unknown> = {};
  for (const { name, defaultValue } of fields) {
    if (defaultValue === undefined) throw fault(`there is no value, and ${type.name}.${name} has no default`);
    setOwn(record, name, defaultValue);
  }
  return record;
}

import type { SchemaMapping } from "@micro/kernel";
import avsc, { type Type } from "avsc";
import { checkValue } from "./check-value.ts";
import { emptyValue } from "./empty-value.ts";
import { invalidRequest, unwritable } from "./errors.ts";
import { shapeOf } from "./shape.ts";
import { valueFromJson } from "./value-from-json.ts";
import { valueToJson } from "./value-to-json.ts";

const mappings = new WeakMap<Type, SchemaMapping>();

/**
 * How the values of a type of avsc look in JSON: records and maps are objects, longs are numbers, bytes and fixed are
 * base64, enums are their symbols, and a union is what the type makes of it: the value itself, or `{ branch: value }`.
 * `undefined` for what is no type of avsc.
 */
export function avroMapping(schema: unknown): SchemaMapping | undefined {
  if (!avsc.Type.isType(schema)) return undefined;
  const type = schema as Type;
  let mapping = mappings.get(type);
  if (mapping === undefined) {
    mapping = createMapping(type);
    mappings.set(type, mapping);
  }
  return mapping;
}

function createMapping(type: Type): SchemaMapping {
  return {
    toJson(value) {
      const content = value === undefined ? emptyValue(type, unwritable) : value;
      checkValue(type, content);
      return valueToJson(shapeOf(type), content);
    },
    fromJson(json) {
      return json === undefined ? emptyValue(type, invalidRequest) : valueFromJson(type, json);
    },
  };
}

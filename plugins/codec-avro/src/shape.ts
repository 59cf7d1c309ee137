import type { Type, types } from "avsc";

/** A field of a record. */
export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  /** Its default as a value, `undefined` when it has none. */
  readonly defaultValue: unknown;
}

/** What a type of avsc is, as a union that the compiler knows. Recursive types have recursive shapes. */
export type Shape = { readonly type: Type } & (
  | { readonly kind: "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string" }
  /** A long with a class of its own, made with `LongType.__with`. */
  | { readonly kind: "customLong" }
  | { readonly kind: "fixed"; readonly size: number }
  | { readonly kind: "enum"; readonly symbols: readonly string[] }
  | { readonly kind: "array"; readonly items: Shape }
  | { readonly kind: "map"; readonly values: Shape }
  | { readonly kind: "record"; readonly fields: readonly FieldShape[] }
  | { readonly kind: "union"; readonly branches: readonly Shape[]; readonly isWrapped: boolean }
  | { readonly kind: "logical"; readonly underlying: Shape; readonly conversion: Conversion }
);

/** The two methods that a logical type implements. */
interface Conversion {
  _fromValue(value: unknown): unknown;
  _toValue(value: unknown): unknown;
}

/** The shape of one kind. */
export type ShapeOf<Kind extends Shape["kind"]> = Extract<Shape, { readonly kind: Kind }>;

const shapes = new WeakMap<Type, Shape>();

/** The shape of a type, made once. */
export function shapeOf(type: Type): Shape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    // Known before its parts are, as one of them may be the type itself.
    shape = { type } as Shape;
    shapes.set(type, shape);
    Object.assign(shape, describe(type));
  }
  return shape;
}

function describe(type: Type): object {
  const kind = type.typeName;
  if (kind.startsWith("union:")) return describeUnion(type as types.UnwrappedUnionType);
  if (kind.startsWith("logical:")) return describeLogical(type as types.LogicalType);
  switch (kind) {
    case "abstract:long":
      return { kind: "customLong" };
    case "fixed":
      return { kind, size: (type as types.FixedType).size };
    case "enum":
      return { kind, symbols: (type as types.EnumType).symbols };
    case "array":
      return { kind, items: shapeOf((type as types.ArrayType).itemsType) };
    case "map":
      return { kind, values: shapeOf((type as types.MapType).valuesType as Type) };
    case "record":
    case "error":
      return { kind: "record", fields: (type as types.RecordType).fields.map(describeField) };
    default:
      return { kind };
  }
}

function describeUnion(type: types.UnwrappedUnionType): object {
  return { kind: "union", branches: type.types.map(shapeOf), isWrapped: type.typeName === "union:wrapped" };
}

function describeLogical(type: types.LogicalType): object {
  return { kind: "logical", underlying: shapeOf(type.underlyingType), conversion: type };
}

function describeField(field: types.Field): object {
  return { name: field.name, shape: shapeOf(field.type), defaultValue: field.defaultValue() as unknown };
}

/** How deep a value may nest. */
export const maxDepth = 100;

/**
 * The longs that avsc carries as they are. It reads and writes them with numbers twice as large, which are exact up to
 * 2^53: what is below -2^52 would come out with another sign.
 */
export function isExactLong(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -(2 ** 52) && (value as number) <= 2 ** 53 - 2;
}

import avsc, { type Type } from "avsc";

/** A logical type whose values are dates. */
class DateType extends avsc.types.LogicalType {
  protected override _fromValue(value: number): Date {
    return new Date(value);
  }
  protected override _toValue(value: unknown): number | undefined {
    return value instanceof Date ? value.getTime() : undefined;
  }
}

/** A logical type that refuses some values. */
class EvenType extends avsc.types.LogicalType {
  protected override _fromValue(value: number): number {
    if (value % 2 !== 0) throw new Error(`odd: ${value}`);
    return value;
  }
  protected override _toValue(value: number): number {
    return value;
  }
}

/** Longs as bigints, as avsc's documentation has it. */
const bigintType = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer(value: bigint) {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
});

/** A record in which each field has a default, so that it has an empty value. */
export const Greeting: Type = avsc.Type.forSchema({
  type: "record",
  name: "Greeting",
  fields: [
    { name: "name", type: "string", default: "" },
    { name: "times", type: "long", default: 0 },
  ],
});

/** A list in which each node holds the next. */
export const List: Type = avsc.Type.forSchema({
  type: "record",
  name: "List",
  fields: [{ name: "next", type: ["null", "List"], default: null }],
});

/** A record with everything that Avro has. */
export const Everything: Type = avsc.Type.forSchema(
  {
    type: "record",
    name: "Everything",
    fields: [
      { name: "flag", type: "boolean" },
      { name: "int", type: "int" },
      { name: "long", type: "long" },
      { name: "float", type: "float" },
      { name: "double", type: "double" },
      { name: "text", type: "string" },
      { name: "bytes", type: "bytes" },
      { name: "fixed", type: { type: "fixed", name: "Four", size: 4 } },
      { name: "color", type: { type: "enum", name: "Color", symbols: ["RED", "BLUE"] } },
      { name: "list", type: { type: "array", items: "int" } },
      { name: "map", type: { type: "map", values: "string" } },
      { name: "maybe", type: ["null", "string"], default: null },
      {
        name: "either",
        type: ["string", "int", { type: "record", name: "Inner", fields: [{ name: "n", type: "int" }] }],
      },
      { name: "when", type: { type: "long", logicalType: "date" } },
    ],
  },
  { logicalTypes: { date: DateType } },
);

export const everything = {
  flag: true,
  int: -(2 ** 31),
  long: -(2 ** 52),
  float: 0.5,
  double: 5e-324,
  text: "grüße 世界 🎉 \u0000",
  bytes: Buffer.of(0, 255),
  fixed: Buffer.of(1, 2, 3, 4),
  color: "BLUE",
  list: [1, -1],
  map: { a: "b", "": "", constructor: "c" },
  maybe: "here",
  either: { n: 5 },
  when: new Date(0),
};

/** A union whose branches have names, as two of them are numbers. */
export const Wrapped: Type = avsc.Type.forSchema({ type: "array", items: ["null", "int", "double"] });

/** A long of all 64 bits. */
export const Bigint: Type = avsc.Type.forSchema(
  { type: "record", name: "Big", fields: [{ name: "id", type: "long" }] },
  { registry: { long: bigintType } },
);

/** A number that must be even. */
export const Even: Type = avsc.Type.forSchema(
  { type: "int", logicalType: "even" },
  { logicalTypes: { even: EvenType } },
);

export const Nulls: Type = avsc.Type.forSchema({ type: "array", items: "null" });

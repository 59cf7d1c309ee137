/**
 * What a value looks like as JSON, for a form that asks for one: JSON Schema, as far as protobuf and Avro need it.
 * Nothing is checked against it.
 */
export interface InputShape {
  /** Absent where it may be anything. */
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean" | "null";
  /** What the schema calls it: `greeter.Request`. */
  readonly title?: string;
  /** The members of an object, by their names in JSON. */
  readonly properties?: Readonly<Record<string, InputShape>>;
  /** The members that have to be there. */
  readonly required?: readonly string[];
  /** Members of which at most one may be there, a list for each choice. */
  readonly oneofs?: readonly (readonly string[])[];
  /** The values of an object whose names are free. */
  readonly additionalProperties?: InputShape;
  /** Each item of an array. */
  readonly items?: InputShape;
  /** The texts that are allowed. */
  readonly enum?: readonly string[];
  /** One of these. */
  readonly anyOf?: readonly InputShape[];
  /**
   * `base64` for bytes; `int32`, `uint32`, `float` for numbers; `int64` and `uint64` for numbers that are texts of digits
   * where they are beyond 2^53.
   */
  readonly format?: "base64" | "int32" | "uint32" | "int64" | "uint64" | "float";
  /** Whether something was left out, because it repeats itself or because there is too much. */
  readonly isAbridged?: boolean;
}

/**
 * The shape of the values of a schema: a message type of protobuf-es or a type of avsc, which are known by how they look,
 * as this package needs neither. `null` for anything else, and for none.
 */
export function inputShape(schema: unknown): InputShape | null {
  try {
    const reader = new ShapeReader();
    if (isMessage(schema)) return reader.message(schema);
    return isAvro(schema) ? reader.avro(schema) : null;
  } catch {
    // It looked like one, and is none.
    return null;
  }
}

const maxParts = 300;
const maxDepth = 8;
const maxName = 128;
const maxChoices = 100;

class ShapeReader {
  private parts = 0;
  private readonly ancestors: unknown[] = [];

  message(type: Message): InputShape {
    return this.nested(type, type.typeName, () => {
      const properties = emptyProperties();
      for (const field of type.fields) this.put(properties, field.name, () => this.field(field));
      const oneofs = type.oneofs.map(({ fields }) => fields.map(({ name }) => name)).filter(({ length }) => length > 1);
      return { type: "object", properties, ...(oneofs.length > 0 && { oneofs }), ...abridged(properties, type.fields) };
    });
  }

  avro(type: Avro): InputShape {
    const kind = type.typeName;
    if (kind.startsWith("logical:")) return this.avro(type.underlyingType as Avro);
    if (kind.startsWith("union:")) return this.union(type, kind === "union:wrapped");
    if (kind === "record" || kind === "error") return this.record(type);
    if (kind === "array")
      return this.nested(type, "", () => ({ type: "array", items: this.avro(type.itemsType as Avro) }));
    if (kind === "map") {
      return this.nested(type, "", () => ({
        type: "object",
        additionalProperties: this.avro(type.valuesType as Avro),
      }));
    }
    if (kind === "enum") return enumShape(type.symbols ?? [], type.name);
    return avroScalars[kind] ?? {};
  }

  private field(field: Field): InputShape {
    if (field.fieldKind === "list") return { type: "array", items: this.value(field) };
    if (field.fieldKind === "map") return { type: "object", additionalProperties: this.value(field) };
    return this.value(field);
  }

  private value({ message, enum: named, scalar }: Field): InputShape {
    if (message !== undefined) return this.message(message);
    if (named === undefined) return protoScalars[scalar ?? 0] ?? {};
    return enumShape(
      named.values.map(({ name }) => name),
      named.typeName,
    );
  }

  private record(type: Avro): InputShape {
    return this.nested(type, type.name, () => {
      const fields = type.fields ?? [];
      const properties = emptyProperties();
      for (const field of fields) this.put(properties, field.name, () => this.avro(field.type));
      const required = fields.filter((field) => field.defaultValue() === undefined).map(({ name }) => name);
      return { type: "object", properties, required, ...abridged(properties, fields) };
    });
  }

  private union({ types = [] }: Avro, isWrapped: boolean): InputShape {
    const branches = types.slice(0, maxChoices).map((branch): InputShape => {
      const shape = this.avro(branch);
      const { branchName } = branch;
      if (!isWrapped || branchName === undefined || branchName === "null") return shape;
      return { type: "object", properties: { [branchName]: shape }, required: [branchName] };
    });
    return { anyOf: branches, ...(types.length > maxChoices && { isAbridged: true }) };
  }

  private put(properties: Record<string, InputShape>, name: string, make: () => InputShape): void {
    if (++this.parts <= maxParts && name.length <= maxName) properties[name] = make();
  }

  /** What has parts, named: one that is within itself, or too deep, is left at its name. */
  private nested(type: unknown, name: string | undefined, make: () => InputShape): InputShape {
    const title = name === undefined || name === "" ? {} : { title: name.slice(0, maxName) };
    if (this.ancestors.includes(type) || this.ancestors.length >= maxDepth) return { ...title, isAbridged: true };
    this.ancestors.push(type);
    const shape = make();
    this.ancestors.pop();
    return { ...title, ...shape };
  }
}

/** The parts of a message type of protobuf-es that are looked at. */
interface Message {
  readonly typeName: string;
  readonly fields: readonly Field[];
  readonly oneofs: readonly { readonly fields: readonly Field[] }[];
}

interface Field {
  readonly name: string;
  readonly fieldKind: "scalar" | "enum" | "message" | "list" | "map";
  readonly scalar?: number;
  readonly message?: Message;
  readonly enum?: { readonly typeName: string; readonly values: readonly { readonly name: string }[] };
}

/** The parts of a type of avsc that are looked at. */
interface Avro {
  readonly typeName: string;
  readonly name?: string;
  readonly branchName?: string;
  readonly underlyingType?: Avro;
  readonly itemsType?: Avro;
  readonly valuesType?: Avro;
  readonly types?: readonly Avro[];
  readonly symbols?: readonly string[];
  readonly fields?: readonly { readonly name: string; readonly type: Avro; defaultValue(): unknown }[];
}

function isMessage(schema: unknown): schema is Message {
  const { kind, typeName } = (schema ?? {}) as { kind?: unknown; typeName?: unknown };
  return kind === "message" && typeof typeName === "string";
}

function isAvro(schema: unknown): schema is Avro {
  const { typeName, fromBuffer } = (schema ?? {}) as { typeName?: unknown; fromBuffer?: unknown };
  return typeof typeName === "string" && typeof fromBuffer === "function";
}

const bytes: InputShape = { type: "string", format: "base64" };
const number: InputShape = { type: "number" };
const float: InputShape = { type: "number", format: "float" };
const int32: InputShape = { type: "integer", format: "int32" };
const uint32: InputShape = { type: "integer", format: "uint32" };
const int64: InputShape = { type: "integer", format: "int64" };
const uint64: InputShape = { type: "integer", format: "uint64" };

/** By the numbers that descriptors have for them. */
const protoScalars: Readonly<Record<number, InputShape>> = {
  ...{ 1: number, 2: float, 8: { type: "boolean" }, 9: { type: "string" }, 12: bytes },
  ...{ 5: int32, 17: int32, 15: int32, 13: uint32, 7: uint32 },
  ...{ 3: int64, 18: int64, 16: int64, 4: uint64, 6: uint64 },
};

const avroScalars: Readonly<Record<string, InputShape>> = {
  ...{ null: { type: "null" }, boolean: { type: "boolean" }, string: { type: "string" } },
  ...{ int: int32, long: int64, "abstract:long": int64, float, double: number, bytes, fixed: bytes },
};

function enumShape(names: readonly string[], title: string | undefined): InputShape {
  const kept = names.slice(0, maxChoices);
  return {
    ...(title !== undefined && { title: title.slice(0, maxName) }),
    ...{ type: "string", enum: kept.map((name) => name.slice(0, maxName)) },
    ...(kept.length < names.length && { isAbridged: true }),
  };
}

function emptyProperties(): Record<string, InputShape> {
  // Without a prototype any name is a member as all others.
  return Object.create(null) as Record<string, InputShape>;
}

function abridged(properties: Record<string, InputShape>, fields: readonly unknown[]): { isAbridged?: boolean } {
  return Object.keys(properties).length < fields.length ? { isAbridged: true } : {};
}

import type { InputShape } from "../../../src/host/input-shape.ts";
import type { SeenEndpoint } from "../../../src/observe/fleet.ts";

/** What a form asks for. */
export type Field =
  | { readonly kind: "text" | "number" | "integer" | "boolean" | "bytes" | "json" }
  /** A whole number of 64 bits; beyond 2^53 as a text, where the service reads one. */
  | { readonly kind: "int64"; readonly longAsText: boolean }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: Field }
  | { readonly kind: "map"; readonly item: Field }
  | { readonly kind: "group"; readonly title?: string | undefined; readonly members: readonly Member[] };

/** A member of a group. */
export interface Member {
  readonly name: string;
  readonly field: Field;
  readonly isRequired: boolean;
  /** The other members of which only one may be there. */
  readonly rivals?: readonly string[] | undefined;
}

const maxDepth = 8;
const maxMembers = 100;
const anything: Field = { kind: "json" };

/** The field for a schema of this project. */
export function fieldOfShape(shape: InputShape | null, depth = 0): Field {
  if (shape === null || depth > maxDepth) return anything;
  if (shape.enum !== undefined) return { kind: "enum", values: shape.enum.slice(0, maxMembers) };
  if (shape.anyOf !== undefined) return fieldOfChoice(shape.anyOf, depth);
  switch (shape.type) {
    case "string":
      return shape.format === "base64" ? { kind: "bytes" } : { kind: "text" };
    case "integer":
      return is64(shape) ? { kind: "int64", longAsText: true } : { kind: "integer" };
    case "number":
    case "boolean":
      return { kind: shape.type };
    case "array":
      return { kind: "list", item: fieldOfShape(shape.items ?? null, depth + 1) };
    case "object":
      return fieldOfObject(shape, depth);
    default:
      return anything;
  }
}

function is64({ format }: InputShape): boolean {
  return format === "int64" || format === "uint64";
}

// What may be null or one other thing is that thing, left out or not.
function fieldOfChoice(shapes: readonly InputShape[], depth: number): Field {
  const [only, ...others] = shapes.filter(({ type }) => type !== "null");
  return only === undefined || others.length > 0 ? anything : fieldOfShape(only, depth);
}

function fieldOfObject(shape: InputShape, depth: number): Field {
  const { properties, required = [], additionalProperties, oneofs = [], title } = shape;
  if (properties === undefined) {
    if (additionalProperties === undefined) return anything;
    return { kind: "map", item: fieldOfShape(additionalProperties, depth + 1) };
  }
  const members = Object.entries(properties)
    .slice(0, maxMembers)
    .map(([name, member]) => ({
      name,
      field: fieldOfShape(member, depth + 1),
      isRequired: required.includes(name),
      rivals: oneofs.find((names) => names.includes(name))?.filter((other) => other !== name),
    }));
  return { kind: "group", title, members };
}

type GoShape = NonNullable<SeenEndpoint["request"]>;

const goKinds: readonly (readonly [types: RegExp, field: Field])[] = [
  [/^string$/, { kind: "text" }],
  [/^bool$/, { kind: "boolean" }],
  [/^float/, { kind: "number" }],
  [/^u?int64$/, { kind: "int64", longAsText: false }],
  [/^u?int\d*$/, { kind: "integer" }],
  [/^\[\](uint8|byte)$/, { kind: "bytes" }],
];

/** The field for a shape that go-micro put into the registry: names and types of Go, three levels deep. */
export function fieldOfGoShape(shape: GoShape | null, depth = 0): Field {
  if (shape === null || depth > maxDepth) return anything;
  const { type } = shape;
  const values = shape.values ?? [];
  const known = goKinds.find(([types]) => types.test(type));
  if (known !== undefined) return known[1];
  if (type.startsWith("[]")) {
    const item = values[0] ?? { name: "", type: type.slice(2), values: null };
    return { kind: "list", item: fieldOfGoShape(item, depth + 1) };
  }
  if (values.length === 0) return anything;
  const members = values
    .filter(({ name }) => name !== "" && name !== "-" && !isOfGenerator(name))
    .slice(0, maxMembers)
    .map((member) => ({ name: member.name, field: fieldOfGoShape(member, depth + 1), isRequired: false }));
  return { kind: "group", title: type, members };
}

// What protoc-gen-go keeps for itself.
function isOfGenerator(name: string): boolean {
  return name.startsWith("XXX_") || ["state", "sizeCache", "unknownFields"].includes(name);
}

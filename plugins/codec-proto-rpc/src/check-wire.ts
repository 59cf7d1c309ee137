import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { Malformed } from "@micro/kernel";
import { WireReader, wireType } from "./wire-reader.ts";

/**
 * Looks through the bytes of a message before protobuf-es reads them. It takes the schema's word for how a field is
 * written and lets the parts of a message run over its end: where sender and receiver have different schemas, a handler
 * would get values that nobody sent. Go refuses both.
 *
 * @throws Malformed
 */
export function checkWire(type: DescMessage, bytes: Uint8Array): void {
  checkFields(new WireReader(bytes), checksOf(type), 1);
}

/** How deep messages and groups may nest. */
export const maxDepth = 100;

/** What must stand behind the tag of a field. */
interface FieldCheck {
  readonly wireType: number;
  /** Whether many values may stand behind one tag. */
  readonly isPackable: boolean;
  /** What must be in it, when it is a message. A function, as that may be the message that has the field. */
  readonly inside: (() => Checks) | undefined;
}

type Checks = ReadonlyMap<number, FieldCheck>;

function checkFields(reader: WireReader, checks: Checks, depth: number): void {
  if (depth > maxDepth) throw new Malformed("nesting too deep");
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    const check = checks.get(tag >>> 3);
    const actual = tag & 7;
    if (check === undefined) reader.skip(tag, maxDepth - depth);
    else if (actual === check.wireType && check.inside !== undefined) checkMessage(reader, check.inside(), depth);
    else if (actual === check.wireType) reader.skip(tag, maxDepth - depth);
    else if (actual === wireType.bytes && check.isPackable) reader.skipPacked(check.wireType);
    else throw new Malformed("malformed message");
  }
}

function checkMessage(reader: WireReader, checks: Checks, depth: number): void {
  const outer = reader.enter(reader.varint());
  checkFields(reader, checks, depth + 1);
  reader.leave(outer);
}

const tables = new WeakMap<DescMessage, Checks>();

function checksOf(type: DescMessage): Checks {
  let checks = tables.get(type);
  if (checks === undefined) {
    checks = new Map(type.fields.map((field) => [field.number, checkOf(field)]));
    tables.set(type, checks);
  }
  return checks;
}

function checkOf(field: DescField): FieldCheck {
  if (field.fieldKind === "map") return entryCheck(field.mapKey, valueCheck(field));
  const check = valueCheck(field);
  const isPackable =
    field.fieldKind === "list" && check.wireType !== wireType.bytes && check.wireType !== wireType.group;
  return { ...check, isPackable };
}

/** An entry of a map is a message of a key and a value. */
function entryCheck(key: ScalarType, value: FieldCheck): FieldCheck {
  const checks: Checks = new Map([
    [1, { wireType: wireTypeOf(key), isPackable: false, inside: undefined }],
    [2, value],
  ]);
  return { wireType: wireType.bytes, isPackable: false, inside: () => checks };
}

function valueCheck({ message, scalar, ...field }: DescField): FieldCheck {
  if (message === undefined)
    return { wireType: wireTypeOf(scalar ?? ScalarType.INT32), isPackable: false, inside: undefined };
  const isGroup = "delimitedEncoding" in field && field.delimitedEncoding === true;
  if (isGroup) return { wireType: wireType.group, isPackable: false, inside: undefined };
  return { wireType: wireType.bytes, isPackable: false, inside: () => checksOf(message) };
}

function wireTypeOf(type: ScalarType): number {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return wireType.bytes;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return wireType.fixed64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return wireType.fixed32;
    default:
      return wireType.varint;
  }
}

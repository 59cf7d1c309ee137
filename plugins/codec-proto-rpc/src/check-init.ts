import { type DescField, type DescMessage, type DescOneof, isMessage, ScalarType } from "@bufbuild/protobuf";
import { unwritable } from "./errors.ts";
import { isSimplified } from "./local-value.ts";

/**
 * Looks through a plain object before `create` makes a message of it, which takes whatever it finds: it would write an
 * object as the text `[object Object]`, and leave out a member that is spelled as in the `.proto` file. Members that
 * have nothing to do with the message are passed over.
 *
 * @returns whether it is what `create` takes; false when it is spelled as JSON is
 * @throws MicroError 500 that names the member
 */
export function checkInit(type: DescMessage, value: unknown): boolean {
  const problem = problemOfMembers(type, value, 0);
  if (problem === undefined) return true;
  if (problem.endsWith(spelling)) return false;
  throw unwritable(`${type.typeName}${problem.length > 256 ? `…${problem.slice(-256)}` : problem}`);
}

/** The problem that is none when the object is read as JSON. */
const spelling = " is the name of JSON";

const maxDepth = 100;

/** What is wrong, behind the path to it; made only where something is. */
type Problem = string | undefined;

function problemOfMembers(type: DescMessage, value: unknown, depth: number): Problem {
  if (!isObject(value)) return " must be an object";
  if (depth > maxDepth) return " nests too deep";
  const { known, others } = membersOf(type);
  for (const name in value) {
    const member = known.get(name);
    if (member === undefined && others.has(name)) return `.${name}${spelling}`;
    const problem = member === undefined ? undefined : problemOf(member, value[name], depth);
    if (problem !== undefined) return `.${name}${problem}`;
  }
  return undefined;
}

interface Members {
  /** Fields and oneofs under the names that `create` takes. */
  readonly known: ReadonlyMap<string, DescField | DescOneof>;
  /** The names that fields have in the `.proto` file and in JSON. A field of a oneof is no member but a case of one. */
  readonly others: ReadonlySet<string>;
}

const tables = new WeakMap<DescMessage, Members>();

function membersOf(type: DescMessage): Members {
  let members = tables.get(type);
  if (members === undefined) {
    members = {
      known: new Map(type.members.map((member) => [member.localName, member])),
      others: new Set(type.fields.flatMap(({ name, jsonName, localName }) => [name, jsonName, localName])),
    };
    tables.set(type, members);
  }
  return members;
}

function problemOf(member: DescField | DescOneof, value: unknown, depth: number): Problem {
  if (value === undefined || value === null) return undefined;
  if (member.kind === "oneof") return problemOfOneof(member, value, depth);
  if (member.fieldKind === "list") return problemOfList(member, value, depth);
  if (member.fieldKind === "map") return problemOfMap(member, value, depth);
  return problemOfItem(member, value, depth);
}

function problemOfOneof(oneof: DescOneof, value: unknown, depth: number): Problem {
  if (!isObject(value)) return " must be { case, value }";
  const chosen = value.case;
  if (chosen === undefined || chosen === null) return undefined;
  const field = oneof.fields.find(({ localName }) => localName === chosen);
  if (field === undefined) return `.case must be one of ${oneof.fields.map(({ localName }) => localName).join(", ")}`;
  const problem = problemOfItem(field, value.value, depth);
  return problem === undefined ? undefined : `.value${problem}`;
}

function problemOfList(field: DescField, value: unknown, depth: number): Problem {
  if (!Array.isArray(value)) return " must be an array";
  for (let index = 0; index < value.length; index++) {
    const problem = problemOfItem(field, value[index], depth);
    if (problem !== undefined) return `[${index}]${problem}`;
  }
  return undefined;
}

function problemOfMap(field: DescField, value: unknown, depth: number): Problem {
  if (!isObject(value)) return " must be an object";
  for (const key in value) {
    const problem = problemOfItem(field, value[key], depth);
    if (problem !== undefined) return `[${JSON.stringify(key.slice(0, 64))}]${problem}`;
  }
  return undefined;
}

function problemOfItem(field: DescField, value: unknown, depth: number): Problem {
  if (field.message !== undefined) return problemOfMessage(field, field.message, value, depth);
  if (field.enum !== undefined) return typeof value === "number" ? undefined : " must be a number";
  return problemOfScalar(field.scalar as ScalarType, value);
}

function problemOfMessage(field: DescField, type: DescMessage, value: unknown, depth: number): Problem {
  if (isMessage(value, type) || isSimplified(field, type)) return undefined;
  return isMessage(value) ? ` must be a ${type.typeName}` : problemOfMembers(type, value, depth + 1);
}

function problemOfScalar(type: ScalarType, value: unknown): Problem {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === "string" ? undefined : " must be a string";
    case ScalarType.BOOL:
      return typeof value === "boolean" ? undefined : " must be true or false";
    case ScalarType.BYTES:
      return value instanceof Uint8Array ? undefined : " must be a Uint8Array";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return isIntegerLike(value) ? undefined : " must be a bigint or an integer";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return typeof value === "number" ? undefined : " must be a number";
    default:
      return Number.isInteger(value) ? undefined : " must be an integer";
  }
}

// Beyond 2^53 a number is not what its author wrote.
function isIntegerLike(value: unknown): boolean {
  return (
    typeof value === "bigint" || Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

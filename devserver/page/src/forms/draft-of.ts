import type { Draft } from "./draft.ts";
import type { Field, Member } from "./field.ts";

/** A value that a form cannot show: with it the form would lose something. */
class Misfit extends Error {}

/**
 * What a form shows for a value.
 *
 * @throws Misfit that names the place, when the value has something that the form has no field for
 */
export function draftOf(field: Field, value: unknown, path = "it"): Draft {
  if (value === undefined || (value === null && field.kind !== "json")) return undefined;
  switch (field.kind) {
    case "json":
      return JSON.stringify(value, null, 2);
    case "list":
      if (!Array.isArray(value)) throw misfit(path, "a list");
      return { entries: value.map((item, at) => ["", draftOf(field.item, item, `${path}[${at}]`)]) };
    case "map": {
      const entries = membersOf(value, path);
      return { entries: entries.map(([name, item]) => [name, draftOf(field.item, item, `${path}.${name}`)]) };
    }
    case "group":
      return groupOf(field.members, membersOf(value, path), path);
    default:
      return scalarOf(field, value, path);
  }
}

function groupOf(members: readonly Member[], values: readonly [string, unknown][], path: string): Draft {
  const drafts = new Map<string, Draft>();
  for (const [name, value] of values) {
    const member = members.find((one) => one.name === name);
    if (member === undefined) throw new Misfit(`the form has no field for ${name}`);
    drafts.set(name, draftOf(member.field, value, path === "it" ? name : `${path}.${name}`));
  }
  return { members: drafts };
}

function scalarOf(field: Field, value: unknown, path: string): Draft {
  const isText = typeof value === "string";
  const isNumber = typeof value === "number";
  const fits =
    field.kind === "boolean"
      ? typeof value === "boolean"
      : field.kind === "number" || field.kind === "integer"
        ? isNumber
        : isText || (field.kind === "int64" && isNumber);
  if (!fits) throw misfit(path, field.kind === "int64" ? "a whole number" : `a ${field.kind}`);
  return String(value);
}

function membersOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misfit(path, "an object");
  return Object.entries(value);
}

function misfit(path: string, what: string): Misfit {
  return new Misfit(`${path} is not ${what}`);
}

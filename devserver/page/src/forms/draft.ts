import { checkJson, isInexact } from "./check-json.ts";
import type { Field, Member } from "./field.ts";

/** What stands in a form: texts as they were typed. `undefined` is left out. */
export type Draft = string | undefined | DraftEntries | DraftGroup;

/** Of a list, whose names mean nothing, or of an object whose names are free. */
export interface DraftEntries {
  readonly entries: readonly (readonly [name: string, value: Draft])[];
}

/** Of an object. */
export interface DraftGroup {
  readonly members: ReadonlyMap<string, Draft>;
}

/** What a form says: a value, and what is wrong with it by the paths of the fields, `items[2].name`. */
export interface Filled {
  readonly value: unknown;
  readonly problems: ReadonlyMap<string, string>;
}

/** What a field begins with when it is added. */
export function emptyDraft(field: Field): Draft {
  switch (field.kind) {
    case "list":
    case "map":
      return { entries: [] };
    case "group":
      return { members: new Map() };
    case "json":
      return "null";
    default:
      return "";
  }
}

/** Reads a form. */
export function fillIn(field: Field, draft: Draft): Filled {
  const problems = new Map<string, string>();
  return { value: new Filling(problems).value(field, draft, true, ""), problems };
}

/** The path of a member or an item. */
export function pathTo(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}

class Filling {
  private readonly problems: Map<string, string>;

  constructor(problems: Map<string, string>) {
    this.problems = problems;
  }

  value(field: Field, draft: Draft, isRequired: boolean, path: string): unknown {
    if (draft === undefined) return this.absent(field, isRequired, path);
    if (typeof draft === "string") return this.typed(field, draft, isRequired, path);
    if ("members" in draft) return field.kind === "group" ? this.group(field.members, draft, path) : undefined;
    return field.kind === "list" || field.kind === "map" ? this.entries(field, draft, path) : undefined;
  }

  private entries({ kind, item }: Extract<Field, { readonly item: Field }>, { entries }: DraftEntries, path: string) {
    const pairs = entries.map(([name, value], at): [string, unknown] => {
      const inner = pathTo(path, at);
      if (kind === "map" && entries.findIndex(([other]) => other === name) < at) {
        this.problems.set(inner, "this name stands here twice");
      }
      return [name, this.value(item, value, true, inner)];
    });
    return kind === "map" ? Object.fromEntries(pairs) : pairs.map(([, value]) => value);
  }

  private group(members: readonly Member[], draft: DraftGroup, path: string): unknown {
    const pairs: [string, unknown][] = [];
    for (const { name, field, isRequired, rivals = [] } of members) {
      const inner = pathTo(path, name);
      const value = this.value(field, draft.members.get(name), isRequired, inner);
      if (value === undefined) continue;
      const rival = rivals.find((other) => pairs.some(([taken]) => taken === other));
      if (rival !== undefined) this.problems.set(inner, `only one of this and ${rival} may be there`);
      pairs.push([name, value]);
    }
    // Not by assignment: a member may be called __proto__.
    return Object.fromEntries(pairs);
  }

  private absent(field: Field, isRequired: boolean, path: string): unknown {
    if (!isRequired) return undefined;
    const empty = emptyDraft(field);
    return this.value(field, field.kind === "json" ? "" : empty, true, path);
  }

  private typed(field: Field, text: string, isRequired: boolean, path: string): unknown {
    if (field.kind === "text") return text === "" && !isRequired ? undefined : text;
    if (field.kind === "bytes" && text === "" && isRequired) return "";
    if (text.trim() === "") {
      if (isRequired && field.kind !== "json") this.problems.set(path, "a value is needed here");
      return undefined;
    }
    const read = scalar(field, text.trim());
    if (read.problem === undefined) return read.value;
    this.problems.set(path, read.problem);
    return undefined;
  }
}

interface Read {
  readonly value?: unknown;
  readonly problem?: string;
}

function scalar(field: Field, text: string): Read {
  switch (field.kind) {
    case "integer":
      return /^-?\d+$/.test(text) && !isInexact(text) ? { value: Number(text) } : { problem: "a whole number, please" };
    case "int64":
      return int64(text, field.longAsText);
    case "number":
      return Number.isFinite(Number(text)) ? { value: Number(text) } : { problem: "a number, please" };
    case "boolean":
      return { value: text === "true" };
    case "bytes":
      return isBase64(text) ? { value: text } : { problem: "base64, please: letters, digits, + and /, padded with =" };
    case "enum":
      return field.values.includes(text) ? { value: text } : { problem: "one of the list, please" };
    case "json": {
      const { value, fault } = checkJson(text);
      return fault === undefined
        ? { value }
        : { problem: `line ${fault.line}, column ${fault.column}: ${fault.message}` };
    }
    default:
      return { value: text };
  }
}

function int64(text: string, longAsText: boolean): Read {
  if (!/^-?\d+$/.test(text)) return { problem: "a whole number, please" };
  if (BigInt.asIntN(64, BigInt(text)) !== BigInt(text) && BigInt.asUintN(64, BigInt(text)) !== BigInt(text)) {
    return { problem: "it does not fit into 64 bits" };
  }
  if (!isInexact(text)) return { value: Number(text) };
  return longAsText
    ? { value: text }
    : { problem: "beyond 2^53 it would be rounded on its way: the page sends numbers as JSON" };
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
}

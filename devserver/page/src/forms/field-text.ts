import type { Field } from "./field.ts";

/** A field as a type that people read: `{ name: string, delay_ms?: int64 }`. */
export function fieldText(field: Field, indent = ""): string {
  switch (field.kind) {
    case "text":
      return "string";
    case "enum":
      return field.values.map((value) => JSON.stringify(value)).join(" | ");
    case "list":
      return `${wrapped(fieldText(field.item, indent))}[]`;
    case "map":
      return `{ [name]: ${fieldText(field.item, indent)} }`;
    case "group": {
      if (field.members.length === 0) return "{}";
      const inner = `${indent}  `;
      const lines = field.members.map(
        ({ name, field: member, isRequired }) => `${inner}${name}${isRequired ? "" : "?"}: ${fieldText(member, inner)}`,
      );
      return `{\n${lines.join("\n")}\n${indent}}`;
    }
    case "json":
      return "anything";
    default:
      return field.kind;
  }
}

function wrapped(text: string): string {
  return text.includes(" | ") ? `(${text})` : text;
}

import { tokensOf } from "./json-tokens.ts";

/** What is wrong with a text that should be JSON, and where. */
export interface JsonFault {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** JSON that can be sent, or why it cannot. */
export type CheckedJson =
  | { readonly value: unknown; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: JsonFault };

/** The server takes 64 levels, and what is sent stands two deep in a request. */
const maxDepth = 62;

/**
 * Reads JSON that a person wrote. What is wrong is said with its place, in the same words in every browser; so is a
 * number that would arrive as another one, because values are sent as JSON that is parsed again on its way.
 */
export function checkJson(text: string): CheckedJson {
  const [message, at] = faultIn(text) ?? ["", 0];
  if (message === "") return { value: JSON.parse(text) as unknown };
  const before = text.slice(0, at);
  return { fault: { message, line: before.split("\n").length, column: at - before.lastIndexOf("\n") } };
}

/** Whether a whole number has more digits than a number of JavaScript keeps. */
export function isInexact(number: string): boolean {
  return /^-?\d+$/.test(number) ? !Number.isSafeInteger(Number(number)) : !Number.isFinite(Number(number));
}

/** What may come next: a value; a value or the end of a list; a name; a name or the end of an object; and so on. */
type Next = "value" | "first" | "name" | "firstName" | "colon" | "more" | "end";

const inWords: Readonly<Record<Next, string>> = {
  value: "a value",
  first: 'a value, or "]"',
  name: "a name in quotes",
  firstName: 'a name in quotes, or "}"',
  colon: '":"',
  more: '"," or the end of it',
  end: "the end",
};

function faultIn(text: string): readonly [message: string, at: number] | undefined {
  const open: string[] = [];
  let next: Next = "value";
  for (const { kind, text: found, at } of tokensOf(text)) {
    if (kind === "other" && found.startsWith('"'))
      return ["a text without a closing quote, or with a wrong escape", at];
    if (kind === "number" && isInexact(found))
      return [`${found.slice(0, 30)} would be rounded on its way: ${quoteIt}`, at];
    const after = following(next, kind === "mark" ? found : kind, open);
    if (after === undefined) return [`expected ${inWords[next]}, found ${found.slice(0, 30)}`, at];
    if (open.length > maxDepth) return [`it nests deeper than ${maxDepth}`, at];
    next = after;
  }
  return next === "end" ? undefined : [`expected ${inWords[next]}, but it ends here`, text.trimEnd().length];
}

const quoteIt = "put it into quotes, if the service takes that";

/** What may follow a piece; `undefined` when the piece itself may not come here. */
function following(next: Next, piece: string, open: string[]): Next | undefined {
  const isOpen = open.length > 0;
  switch (piece) {
    case "{":
    case "[":
      if (next !== "value" && next !== "first") return undefined;
      open.push(piece);
      return piece === "{" ? "firstName" : "first";
    case "}":
    case "]": {
      const isEmpty = next === (piece === "}" ? "firstName" : "first");
      if ((next !== "more" && !isEmpty) || open.pop() !== (piece === "}" ? "{" : "[")) return undefined;
      return open.length > 0 ? "more" : "end";
    }
    case ",":
      return next === "more" ? (open.at(-1) === "{" ? "name" : "value") : undefined;
    case ":":
      return next === "colon" ? "value" : undefined;
    default:
      if (piece === "string" && (next === "name" || next === "firstName")) return "colon";
      if (piece === "other" || (next !== "value" && next !== "first")) return undefined;
      return isOpen ? "more" : "end";
  }
}

import { type Token, tokensOf } from "./json-tokens.ts";

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
  const fault = new Reader(text).read();
  if (fault === undefined) return { value: JSON.parse(text) as unknown };
  return { fault: { message: fault.message, ...placeIn(text, fault.at) } };
}

/** The line and column of a place in a text, from 1. */
function placeIn(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

/** Whether a whole number has more digits than a number of JavaScript keeps. */
export function isInexact(number: string): boolean {
  if (!/^-?\d+$/.test(number)) return !Number.isFinite(Number(number));
  return !Number.isSafeInteger(Number(number));
}

interface Fault {
  readonly message: string;
  readonly at: number;
}

class Reader {
  private readonly tokens: readonly Token[];
  private readonly end: number;
  private next = 0;

  constructor(text: string) {
    this.tokens = [...tokensOf(text)];
    this.end = text.trimEnd().length;
  }

  read(): Fault | undefined {
    const fault = this.value("a value", 0);
    return fault ?? (this.next < this.tokens.length ? this.expected("the end") : undefined);
  }

  private value(what: string, depth: number): Fault | undefined {
    const token = this.tokens[this.next];
    if (depth > maxDepth) return { message: `it nests deeper than ${maxDepth}`, at: token?.at ?? this.end };
    switch (token?.kind) {
      case "number":
        if (isInexact(token.text)) return { message: inexact(token.text), at: token.at };
        break;
      case "mark":
        if (token.text === "{") return this.members("}", depth);
        if (token.text === "[") return this.members("]", depth);
        return this.expected(what);
      case "string":
      case "word":
        break;
      default:
        return this.expected(what);
    }
    this.next++;
    return undefined;
  }

  private members(close: "}" | "]", depth: number): Fault | undefined {
    this.next++;
    if (this.take(close)) return undefined;
    for (;;) {
      if (close === "}") {
        if (this.tokens[this.next]?.kind !== "string") return this.expected('a name in quotes, or "}"');
        this.next++;
        if (!this.take(":")) return this.expected('":"');
      }
      const fault = this.value("a value", depth + 1);
      if (fault !== undefined) return fault;
      if (this.take(close)) return undefined;
      if (!this.take(",")) return this.expected(`"," or "${close}"`);
    }
  }

  private take(mark: string): boolean {
    const token = this.tokens[this.next];
    if (token?.kind !== "mark" || token.text !== mark) return false;
    this.next++;
    return true;
  }

  private expected(what: string): Fault {
    const found = this.tokens[this.next];
    if (found === undefined) return { message: `expected ${what}, but it ends here`, at: this.end };
    if (found.text.startsWith('"') && found.kind === "other") {
      return { message: "this text has no closing quote, or an escape that JSON does not have", at: found.at };
    }
    return { message: `expected ${what}, found ${found.text.slice(0, 30)}`, at: found.at };
  }
}

function inexact(number: string): string {
  const shown = number.length > 30 ? `${number.slice(0, 30)}…` : number;
  return `${shown} would be rounded on its way: write it as a text in quotes, if the service takes that`;
}

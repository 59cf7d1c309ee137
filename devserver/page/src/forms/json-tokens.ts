/** What a piece of JSON is; `other` belongs to no JSON. */
export type TokenKind = "mark" | "string" | "number" | "word" | "other";

/** A piece of JSON, as it is written: numbers keep all of their digits, texts their escapes. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins, counted in UTF-16 code units. */
  readonly at: number;
}

const pattern = new RegExp(
  [
    String.raw`\s+`,
    String.raw`(?<mark>[{}[\],:])`,
    // All but quotes, backslashes and control characters, which JSON wants escaped.
    String.raw`(?<string>"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")`,
    String.raw`(?<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-]))`,
    String.raw`(?<word>(?:true|false|null)(?!\w))`,
    String.raw`(?<other>"[^"\n]*"?|[^\s{}[\],:"]+)`,
  ].join("|"),
  "g",
);

/** The pieces of a text that is JSON, was cut off, or is none: it takes whatever comes. */
export function* tokensOf(text: string): Generator<Token> {
  for (const match of text.matchAll(pattern)) {
    const kind = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)?.[0];
    if (kind !== undefined) yield { kind: kind as TokenKind, text: match[0], at: match.index };
  }
}

import { type Token, tokensOf } from "./json-tokens.ts";

/** A piece of a line, and how it is coloured. */
export interface Piece {
  readonly kind: Token["kind"] | "name";
  readonly text: string;
}

/** A line of JSON, indented. */
export interface PrettyLine {
  readonly indent: number;
  readonly pieces: readonly Piece[];
}

/**
 * JSON over several lines. It is laid out as text and never parsed, so that each number keeps its digits and what was
 * cut off, or is no JSON, shows as far as it goes.
 */
export function prettyJson(text: string): readonly PrettyLine[] {
  const layout = new Layout();
  const tokens = [...tokensOf(text)];
  for (const [at, token] of tokens.entries()) layout.add(token, tokens[at + 1]);
  return layout.lines();
}

/** The same as one text, two spaces a level. */
export function prettyText(text: string): string {
  return prettyJson(text).map(lineText).join("\n");
}

/** A line as text. */
function lineText({ indent, pieces }: PrettyLine): string {
  return "  ".repeat(indent) + pieces.map((piece) => piece.text).join("");
}

class Layout {
  private readonly done: PrettyLine[] = [];
  private pieces: Piece[] = [];
  private indent = 0;
  private lineIndent = 0;

  add(token: Token, next: Token | undefined): void {
    const { kind, text } = token;
    if (kind !== "mark") this.put({ kind: next?.text === ":" && kind === "string" ? "name" : kind, text });
    else if (text === "{" || text === "[") this.open(text, next);
    else if (text === "}" || text === "]") this.close(text);
    else {
      this.put({ kind, text: text === ":" ? ": " : text });
      if (text === ",") this.breakLine();
    }
  }

  lines(): readonly PrettyLine[] {
    this.breakLine();
    return this.done;
  }

  private open(text: string, next: Token | undefined): void {
    this.put({ kind: "mark", text });
    this.indent++;
    if (next?.text !== "}" && next?.text !== "]") this.breakLine();
  }

  private close(text: string): void {
    const last = this.pieces.at(-1)?.text;
    this.indent = Math.max(0, this.indent - 1);
    if (last !== "{" && last !== "[") this.breakLine();
    this.put({ kind: "mark", text });
  }

  private put(piece: Piece): void {
    if (this.pieces.length === 0) this.lineIndent = this.indent;
    this.pieces.push(piece);
  }

  private breakLine(): void {
    if (this.pieces.length > 0) this.done.push({ indent: this.lineIndent, pieces: this.pieces });
    this.pieces = [];
  }
}

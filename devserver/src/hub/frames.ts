import type { Piece } from "./live-state.ts";

/** Frames go on in a next one when they are about so long, in characters. */
const maxFrameLength = 200 * 1024;

/**
 * Puts pieces together to the members of as many frames as they need. All but the last one say that more follow; there
 * is always one.
 *
 * @param head the members before them, with a number that counts on: `"type":"delta","seq":4`
 */
export function* framesOf(pieces: Iterable<Piece>, head: (isFirst: boolean) => string): Generator<string> {
  let frame = new FrameText();
  let isFirst = true;
  for (const piece of pieces) {
    if (!frame.isEmpty && frame.length + piece.text.length > maxFrameLength) {
      yield frame.text(head(isFirst), true);
      isFirst = false;
      frame = new FrameText();
    }
    frame.add(piece);
  }
  yield frame.text(head(isFirst), false);
}

class FrameText {
  length = 0;
  private readonly members = new Map<string, string | string[]>();

  get isEmpty(): boolean {
    return this.members.size === 0;
  }

  add({ member, text, isEntry }: Piece): void {
    this.length += text.length + 1;
    const known = this.members.get(member);
    if (!isEntry) this.members.set(member, text);
    else if (Array.isArray(known)) known.push(text);
    else this.members.set(member, [text]);
  }

  text(head: string, more: boolean): string {
    const members = [...this.members].map(([name, value]) => {
      return `,"${name}":${typeof value === "string" ? value : `[${value.join(",")}]`}`;
    });
    return `{${head},"more":${more}${members.join("")}}`;
  }
}

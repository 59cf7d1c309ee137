import { stackOf } from "../graph/stack-traces.ts";

const maxKept = 200;
const maxStack = 8192;

/**
 * Where handlers of this process threw, by the call that they served, until its caller's end is told that it failed:
 * what comes there went over a wire, which carries no stack.
 */
export class Faults {
  private readonly stacks = new Map<string, string>();

  /** A handler threw. */
  put(span: string, error: unknown): void {
    const stack = stackText(error);
    if (stack === undefined) return;
    // Callers that gave up before never ask.
    for (const oldest of this.stacks.keys()) {
      if (this.stacks.size < maxKept) break;
      this.stacks.delete(oldest);
    }
    this.stacks.set(span, stack);
  }

  /** The stack of what a call's handler threw last. */
  take(span: string): string | undefined {
    const stack = this.stacks.get(span);
    this.stacks.delete(span);
    return stack;
  }
}

/**
 * The places of an error's stack, as they read now: which source a line comes from is known for the last versions only.
 * The message before them may be of any length, and have lines that look like places.
 */
export function stackText(error: unknown): string | undefined {
  const stack = stackOf(error);
  const message = messageOf(error);
  const at = stack.indexOf(message);
  return stack.slice(at < 0 ? 0 : at + message.length).slice(0, maxStack) || undefined;
}

function messageOf(error: unknown): string {
  try {
    return String((error as { message?: unknown } | undefined)?.message ?? "");
  } catch {
    return "";
  }
}

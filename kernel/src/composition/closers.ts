import type { Logger } from "../contracts/log.ts";

/**
 * A stack of closers, run last to first. Each has a time limit of its own, all of them run whatever the others do, and
 * what failed is gathered under the names of its owners.
 */
export class Closers {
  private readonly stack: { readonly owner: string; readonly close: () => void | Promise<void> }[] = [];
  private readonly limitMs: number;
  private readonly log: Logger;

  constructor(limitMs: number, log: Logger) {
    this.limitMs = limitMs;
    this.log = log;
  }

  add(owner: string, close: () => void | Promise<void>): void {
    this.stack.push({ owner, close });
  }

  /**
   * Runs and forgets all closers.
   *
   * @throws AggregateError when some failed or took too long
   */
  async run(): Promise<void> {
    const failures: Error[] = [];
    // One at a time, as a closer may hand over another.
    for (let last = this.stack.pop(); last !== undefined; last = this.stack.pop()) {
      const { owner, close } = last;
      try {
        await withinLimit(this.limitMs, `closing "${owner}"`, close);
      } catch (error) {
        failures.push(new Error(`"${owner}" did not close: ${messageOf(error)}`, { cause: error }));
      }
    }
    if (failures.length === 0) return;
    for (const { message } of failures) this.log.error(message);
    throw new AggregateError(failures, failures.map(({ message }) => message).join("; "));
  }
}

/**
 * Runs something that may hang.
 *
 * @throws Error that names what took longer than the limit
 */
export async function withinLimit(limitMs: number, what: string, run: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

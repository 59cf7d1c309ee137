import type { Io } from "./io.ts";

/** Something went wrong that the message tells all about, so that nobody needs a stack. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** Says on stderr what went wrong. Returns the exit status: 2 when the program was used in a wrong way, else 1. */
export function reportFailure(error: unknown, io: Io): number {
  io.stderr(`micro: ${describeFailure(error)}\n`);
  return isUsageError(error) ? 2 : 1;
}

/** What was thrown, for people: a message, but the stack of what is a mistake in some code. */
export function describeFailure(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(describeFailure)].join("\n");
  if (!(error instanceof Error)) return String(error);
  const isMistake = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  return isMistake ? describeWithStack(error) : error.message;
}

/** What was thrown by a file of the user, with the place it came from. */
export function describeWithStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// By its code: a project's plugins may come with another copy of the kernel.
function isUsageError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "usage";
}

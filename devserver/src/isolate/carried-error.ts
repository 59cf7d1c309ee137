import { MicroError } from "@micro/kernel";

/** An error as it crosses between threads: its class does not, and own members may not be cloneable. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  /** Source-mapped where it was thrown. */
  readonly stack: string | undefined;
  /** What a {@link MicroError} has besides. */
  readonly micro: CarriedMicroError | undefined;
}

interface CarriedMicroError {
  readonly id: string;
  readonly code: number;
  readonly reason: string | undefined;
  readonly notProcessed: boolean;
  readonly retryAfterMs: number | undefined;
}

/** @param thrown anything */
export function carryError(thrown: unknown): CarriedError {
  if (!(thrown instanceof Error) && !MicroError.is(thrown)) {
    return { name: "Error", message: textOf(thrown), stack: undefined, micro: undefined };
  }
  const { name, message, stack } = thrown;
  return { name: String(name), message: String(message), stack: stack && String(stack), micro: microPartOf(thrown) };
}

/** The error again: a MicroError where it was one, else an Error with the same name, message and stack. */
export function reviveError({ name, message, stack, micro }: CarriedError): Error {
  const error =
    micro === undefined ? new Error(message) : new MicroError(micro.id, micro.code, message, optionsOf(micro));
  if (micro === undefined) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function microPartOf(error: unknown): CarriedMicroError | undefined {
  if (!MicroError.is(error)) return undefined;
  const { id, code, reason, notProcessed, retryAfterMs } = error;
  return { id, code, reason, notProcessed, retryAfterMs };
}

function optionsOf({ reason, notProcessed, retryAfterMs }: CarriedMicroError) {
  return { ...(reason === undefined ? {} : { reason }), notProcessed, retryAfterMs };
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something was thrown that is no error";
  }
}

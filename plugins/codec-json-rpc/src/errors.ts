import { MicroError } from "@micro/kernel";

const errorId = "go.micro.codec";

/**
 * What is wrong with a text, in a phrase of ours: it never holds a part of the text. Readers turn it into a
 * MicroError, as only they know whose fault it is.
 */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** 400: the caller wrote what cannot be read. */
export function invalidRequest(error: unknown): MicroError {
  return new MicroError(errorId, 400, describe(error), { reason: "invalid_request", cause: error });
}

/** 502: the peer answered with what cannot be read. */
export function invalidResponse(error: unknown): MicroError {
  return new MicroError(errorId, 502, `invalid response: ${describe(error)}`, {
    reason: "invalid_response",
    cause: error,
  });
}

/** 500: a value of this process cannot be written. */
export function unwritable(problem: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 500, `a value cannot be written as JSON: ${problem}`, {
    reason: "unwritable_value",
    cause,
  });
}

function describe(error: unknown): string {
  return error instanceof Malformed ? error.message : "malformed message";
}

import { MicroError } from "@micro/kernel";

const errorId = "go.micro.codec";

/**
 * What is wrong with what came, in a phrase of ours: it never holds a part of it. Readers turn it into a MicroError,
 * as only they know whose fault it is.
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

/** 400: JSON that does not fit its schema. The path has names of the schema alone, nothing of what came. */
export function invalidField(path: string, problem: string): MicroError {
  return new MicroError(errorId, 400, `${path === "" ? "the message" : path} ${problem}`, {
    reason: "invalid_request",
  });
}

/** 500: a value of this process cannot be written. */
export function unwritable(problem: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 500, `a value cannot be written as protobuf: ${problem.slice(0, 512)}`, {
    reason: "unwritable_value",
    cause,
  });
}

/** 500: somebody gave something as a schema that is none, or none where one is needed. */
export function schemaNeeded(problem: string): MicroError {
  return new MicroError(
    errorId,
    500,
    `${problem}: add schemas, method({ input, output }, …) where it is served and { input, output } where it is called, or pass bytes`,
    { reason: "schema_needed" },
  );
}

function describe(error: unknown): string {
  return error instanceof Malformed ? error.message : "malformed message";
}

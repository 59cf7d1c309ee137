import { MicroError } from "./errors.ts";

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
  const detail = `invalid response: ${describe(error)}`;
  return new MicroError(errorId, 502, detail, { reason: "invalid_response", cause: error });
}

/** 500: somebody gave something as a schema that is none, or none where one is needed. */
export function schemaNeeded(problem: string): MicroError {
  const advice =
    "add schemas, method({ input, output }, …) where it is served and { input, output } where it is called, or pass bytes";
  return new MicroError(errorId, 500, `${problem}: ${advice}`, { reason: "schema_needed" });
}

function describe(error: unknown): string {
  return error instanceof Malformed ? error.message : "malformed message";
}

import { MicroError } from "@micro/kernel";

const errorId = "go.micro.codec";

/** 400: the caller wrote what cannot be read. The problem is a phrase of ours and holds nothing of what came. */
export function invalidRequest(problem: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 400, problem, { reason: "invalid_request", cause });
}

/** 413: a few bytes that stand for more than anybody may send. */
export function tooManyItems(): MicroError {
  return new MicroError(errorId, 413, "too many items", { reason: "message_too_large" });
}

/** 500: a value of this process cannot be written. */
export function unwritable(problem: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 500, `a value cannot be written as Avro: ${problem.slice(0, 512)}`, {
    reason: "unwritable_value",
    cause,
  });
}

import { MicroError } from "@micro/kernel";

const errorId = "go.micro.codec";

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

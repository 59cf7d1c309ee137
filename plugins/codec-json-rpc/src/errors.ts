import { MicroError } from "@micro/kernel";

const errorId = "go.micro.codec";

/** 500: a value of this process cannot be written. */
export function unwritable(problem: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 500, `a value cannot be written as JSON: ${problem}`, {
    reason: "unwritable_value",
    cause,
  });
}

import { MicroError, UsageError } from "@micro/kernel";
import { describeFailure } from "./failure.ts";
import { parseJson } from "./parse-json.ts";

/** What `query` and `stream` are asked to call. */
interface CallArguments {
  readonly service: string;
  readonly method: string;
  readonly input: unknown;
}

/**
 * Reads `SERVICE METHOD [JSON]`. The JSON is all that follows, joined with spaces, `{}` when nothing does.
 *
 * @throws UsageError when something is missing or the JSON is none
 */
export function parseCallArguments([service, method, ...rest]: readonly string[]): CallArguments {
  if (service === undefined || method === undefined) throw new UsageError("require service and method");
  return { service, method, input: rest.length === 0 ? {} : parseJson("request", rest) };
}

/** What a call failed with, as go-micro's tool prints it: the JSON of the error. */
export function describeCallError(error: unknown): string {
  // Code 0 stands for a text that is not of go-micro's making.
  return MicroError.is(error) && error.code !== 0 ? JSON.stringify(error) : describeFailure(error);
}

import type { CommandContext } from "@micro/kernel";
import { describeCallError, parseCallArguments } from "../call-arguments.ts";
import { Failure } from "../failure.ts";
import { toJson } from "../printable.ts";

/** `micro query SERVICE METHOD [JSON]`: one call. */
export async function run({ args, start, signal, stdout }: CommandContext): Promise<number> {
  const { service, method, input } = parseCallArguments(args);
  const { client } = await start();
  const answer = await client.call(service, method, input, { signal }).catch((error: unknown) => {
    throw new Failure(`error calling ${service}.${method}: ${describeCallError(error)}`, { cause: error });
  });
  stdout(`${toJson(answer)}\n`);
  return 0;
}

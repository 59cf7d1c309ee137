import type { CommandContext } from "@micro/kernel";
import { describeCallError, parseCallArguments } from "../call-arguments.ts";
import { Failure } from "../failure.ts";
import { toJson } from "../printable.ts";

/** `micro stream SERVICE METHOD [JSON]`: sends one item, then prints answers until the service ends the stream. */
export async function run({ args, start, signal, stdout }: CommandContext): Promise<number> {
  const { service, method, input } = parseCallArguments(args);
  const { client } = await start();
  const stream = client.stream(service, method, input, { signal });
  try {
    stream.end();
    for await (const item of stream) stdout(`${toJson(item)}\n`);
  } catch (error) {
    throw new Failure(`error receiving from ${service}.${method}: ${describeCallError(error)}`, { cause: error });
  } finally {
    stream.close();
  }
  return 0;
}

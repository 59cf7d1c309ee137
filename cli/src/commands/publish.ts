import { type CommandContext, MicroError, UsageError } from "@micro/kernel";
import { describeCallError } from "../call-arguments.ts";
import { Failure } from "../failure.ts";
import { parseJson } from "../parse-json.ts";

/** `micro publish TOPIC JSON`: one message. */
export async function run({ args, settings, start, stdout }: CommandContext): Promise<number> {
  const [topic, ...words] = args;
  if (topic === undefined || words.length === 0) throw new UsageError("require topic and message");
  const message = parseJson("message", words);

  const { client } = await start();
  await client.publish(topic, message).catch((error: unknown) => {
    const described = describePublishError(error, String(settings.get("content_type")));
    throw new Failure(`error publishing to ${topic}: ${described}`, { cause: error });
  });
  stdout("ok\n");
  return 0;
}

/** A codec tells programs how to give it a schema; from a command line there is no way. */
function describePublishError(error: unknown, contentType: string): string {
  if (!MicroError.is(error) || error.reason !== "schema_needed") return describeCallError(error);
  return `${contentType} needs a schema, which the command line cannot give; publish as --content_type=application/json`;
}

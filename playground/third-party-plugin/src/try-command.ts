import { type CommandContext, UsageError } from "@micro/kernel";

/** `micro cacher try KEY TEXT` */
export async function run({ args, start, stdout }: CommandContext): Promise<number> {
  const [key, ...words] = args;
  if (key === undefined || words.length === 0) throw new UsageError("say KEY and TEXT to keep");
  const kernel = await start(); // The program stops it when the command has ended.
  const cacher = kernel.get("cacher");

  await cacher.set(key, words.join(" "), 60_000);

  stdout(`${cacher.name} has under ${key}: ${await cacher.get(key)}\n`);
  return 0;
}

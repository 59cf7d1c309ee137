import type { CommandContext } from "@micro/kernel";
import { printable } from "../printable.ts";

/** `micro list services`: one name a line, sorted. */
export async function run({ start, stdout }: CommandContext): Promise<number> {
  const kernel = await start();
  const names = await kernel.get("registry").listServices();
  for (const name of [...names].sort()) stdout(`${printable(name)}\n`);
  return 0;
}

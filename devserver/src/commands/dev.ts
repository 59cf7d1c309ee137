import type { CommandContext } from "@micro/kernel";
import { type DevParts, runDev } from "./run-dev.ts";

/** `micro dev`: serves what `micro run` serves, and swaps the code of services as their files change. */
export async function run(context: CommandContext): Promise<number> {
  return runDev(context, realParts);
}

const realParts: DevParts = {};

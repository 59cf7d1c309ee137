import type { CommandContext } from "@micro/kernel";
export async function run(_context: CommandContext): Promise<number> { return 1; }

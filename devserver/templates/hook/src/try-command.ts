import { type CommandContext, UsageError } from "@micro/kernel";
import { countsOf } from "./call-counts.ts";

/** `micro foo try SERVICE METHOD [JSON]`: ends with 1 when a call failed. */
export async function run({ args, flags, start, stdout }: CommandContext): Promise<number> {
  const [service, method, ...json] = args;
  if (service === undefined || method === undefined) throw new UsageError("say SERVICE and METHOD to call");
  const input = parseInput(json.join(" ") || "{}");
  const kernel = await start();

  for (let time = 0; time < Number(flags.foo_times); time++) {
    await kernel.client.call(service, method, input).catch(() => {}); // It is counted.
  }

  let failed = 0;
  for (const [name, { calls, failures }] of countsOf(kernel).all) {
    stdout(`${name}: ${calls} calls, ${failures} failed\n`);
    failed += failures;
  }
  return failed === 0 ? 0 : 1;
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`not JSON: ${text}`);
  }
}

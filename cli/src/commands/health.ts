import type { CommandContext } from "@micro/kernel";
import { askNodes, renderAnswers } from "../ask-nodes.ts";
import { printable } from "../printable.ts";

/** `micro health SERVICE`: asks each node how it is. The status is 1 when one of them is not well. */
export async function run(context: CommandContext): Promise<number> {
  const versions = await askNodes(context, "Debug.Health", readStatus);
  context.stdout(renderAnswers(versions, "status", ({ answer, error }) => printable(error ?? answer ?? "")));
  return versions.every(({ nodes }) => nodes.every(({ answer }) => answer === "ok")) ? 0 : 1;
}

function readStatus(answer: unknown): string {
  const { status } = (answer ?? {}) as { readonly status?: unknown };
  return String(status ?? "no status");
}

// A node of a peer in a process of its own: `peer-node.ts <module> <folder of the peers> <JSON>`.

import type { NodeMessage, NodeOrder } from "../src/node-messages.ts";

/** What a module of a peer exports for its nodes. */
export interface PeerModule {
  /** Serves until the process is asked to end, then ends it as the peer's users do. @param work is to be awaited by each call, and asks whether that was called off */
  serve(folder: string, settings: unknown, work: Work): Promise<void>;
}

/** What a node does for each call. */
export type Work = (id: string, isCalledOff?: () => boolean) => Promise<void>;

const [, , module = "", folder = "", settings = "null"] = process.argv;
let workMs = 20;

process.on("message", (order: NodeOrder) => {
  if (order.kind === "slow") workMs = order.workMs;
});
process.on("disconnect", () => process.exit());

await ((await import(module)) as PeerModule).serve(folder, JSON.parse(settings), async (id, isCalledOff) => {
  process.send?.({ kind: "executed", id } satisfies NodeMessage);
  await new Promise((resolve) => setTimeout(resolve, workMs));
  if (isCalledOff?.() !== true) process.send?.({ kind: "finished", id } satisfies NodeMessage);
});
process.send?.("serving");

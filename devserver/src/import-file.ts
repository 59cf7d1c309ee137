import { dirname } from "node:path";
import { ModuleGraph } from "./graph/module-graph.ts";
import { evaluateScoped } from "./host/graph-guest.ts";

/**
 * The default export of a file and its local imports, evaluated in this thread as `micro dev` evaluates services. Node
 * would need a thread of its own to load TypeScript, which costs more memory than all of `micro dev`.
 *
 * @returns `undefined` when the file cannot be evaluated so; whoever loads it in Node's way gets the reason
 */
export async function importFile(file: string): Promise<{ readonly default: unknown } | undefined> {
  const graph = new ModuleGraph();
  const snapshot = await graph.load(file);
  if (snapshot.failure !== undefined || snapshot.topLevelAwait !== undefined) return undefined;
  const { exports } = await evaluateScoped(snapshot, { graph, root: dirname(file), onExit: () => {} });
  return { default: (exports as { readonly default?: unknown } | undefined)?.default };
}

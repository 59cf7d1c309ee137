import { relative } from "node:path";
import { evaluate } from "../graph/evaluate.ts";
import { GuestScope } from "../graph/guest-scope.ts";
import type { ModuleGraph, Snapshot } from "../graph/module-graph.ts";
import type { Guest } from "./guest.ts";
import { serviceOf } from "./service-of.ts";

/** What a guest in this process needs. */
export interface GraphGuestOptions {
  readonly graph: ModuleGraph;
  readonly root: string;
  /** `process.exit()` was called after the evaluation. */
  readonly onExit: (error: Error) => void;
}

/**
 * Evaluates the code of a service in this process, beside whatever serves now.
 *
 * @throws whatever the code throws, and Error when the file exports no service
 */
export async function createGraphGuest(snapshot: Snapshot, options: GraphGuestOptions): Promise<Guest> {
  const { exports, scope } = await evaluateScoped(snapshot, options);
  try {
    const { definition, hot } = serviceOf(exports, relative(options.root, snapshot.entry));
    return { definition, hot, isolated: undefined, dispose: () => scope.dispose() };
  } catch (error) {
    scope.dispose();
    throw error;
  }
}

/** Evaluates any entry; the scope has what it took from the process. */
export async function evaluateScoped(
  snapshot: Snapshot,
  { graph, root, onExit }: GraphGuestOptions,
): Promise<{ readonly exports: unknown; readonly scope: GuestScope }> {
  await graph.loadExternals(snapshot);
  let running = true;
  const scope = new GuestScope({
    display: (file) => relative(root, file),
    isOwn: (file) => snapshot.modules.has(file),
    // What is thrown while it is evaluated is the failure of the start.
    onExit: (error) => (running ? undefined : onExit(error)),
  });
  try {
    return { exports: evaluate(graph, snapshot, scope), scope };
  } catch (error) {
    scope.dispose();
    throw error;
  } finally {
    running = false;
  }
}

import { relative } from "node:path";
import type { ServiceDefinition } from "@micro/kernel";
import type { Leak } from "../events.ts";
import { evaluate } from "../graph/evaluate.ts";
import { GuestScope } from "../graph/guest-scope.ts";
import type { ModuleGraph, Snapshot } from "../graph/module-graph.ts";
import type { Guest, Hot } from "./guest.ts";

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
    return toGuest(exports, snapshot.entry, options.root, () => scope.dispose());
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

function toGuest(exports: unknown, file: string, root: string, dispose: () => readonly Leak[]): Guest {
  const { default: definition, hot } = (exports ?? {}) as { default?: unknown; hot?: unknown };
  if (!isService(definition)) {
    throw new Error(
      `${relative(root, file)} exports no service; write: export default defineService({ name: "go.micro.srv.greeter" })`,
    );
  }
  const isHot = typeof hot === "object" && hot !== null;
  return { definition, hot: isHot ? (hot as Hot) : undefined, isolated: undefined, dispose };
}

function isService(value: unknown): value is ServiceDefinition {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

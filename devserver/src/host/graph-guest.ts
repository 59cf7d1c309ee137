import { relative } from "node:path";
import { evaluate } from "../graph/evaluate.ts";
import type { ConsoleLevel, ConsoleWrite } from "../graph/guest-console.ts";
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
  /** Takes what it writes to its console; without it the console is that of the process. */
  readonly onConsole?: (service: string, level: ConsoleLevel, text: string) => void;
}

/**
 * Evaluates the code of a service in this process, beside whatever serves now.
 *
 * @throws whatever the code throws, and Error when the file exports no service
 */
export async function createGraphGuest(snapshot: Snapshot, options: GraphGuestOptions): Promise<Guest> {
  const file = relative(options.root, snapshot.entry);
  const written = new WrittenLines((level, text) => options.onConsole?.(written.name ?? file, level, text));
  const onConsole = options.onConsole === undefined ? undefined : written.write;
  try {
    const { exports, scope } = await evaluateScoped(snapshot, options, onConsole);
    try {
      const { definition, hot } = serviceOf(exports, file);
      written.name = definition.name;
      return { definition, hot, isolated: undefined, dispose: () => scope.dispose() };
    } catch (error) {
      scope.dispose();
      throw error;
    }
  } finally {
    written.flush();
  }
}

/** What code writes while it is evaluated: whose it is, is known when that is done. */
class WrittenLines {
  name: string | undefined;
  private early: Parameters<ConsoleWrite>[] | undefined = [];
  private readonly pass: ConsoleWrite;

  constructor(pass: ConsoleWrite) {
    this.pass = pass;
  }

  readonly write: ConsoleWrite = (level, text) => {
    if (this.early === undefined) this.pass(level, text);
    else if (this.early.push([level, text]) > maxEarly) this.early.shift();
  };

  flush(): void {
    const { early = [] } = this;
    this.early = undefined;
    for (const line of early) this.pass(...line);
  }
}

const maxEarly = 200;

/** Evaluates any entry; the scope has what it took from the process. */
export async function evaluateScoped(
  snapshot: Snapshot,
  { graph, root, onExit }: Omit<GraphGuestOptions, "onConsole">,
  onConsole?: ConsoleWrite,
): Promise<{ readonly exports: unknown; readonly scope: GuestScope }> {
  await graph.loadExternals(snapshot);
  let running = true;
  const scope = new GuestScope({
    display: (file) => relative(root, file),
    isOwn: (file) => snapshot.modules.has(file),
    // What is thrown while it is evaluated is the failure of the start.
    onExit: (error) => (running ? undefined : onExit(error)),
    ...(onConsole !== undefined && { onConsole }),
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

import type { ServiceDefinition } from "@micro/kernel";
import type { Leak } from "../events.ts";
import type { ModuleGraph, Snapshot } from "../graph/module-graph.ts";

/** One version of a service's code, ready to be served. */
export interface Guest {
  readonly definition: ServiceDefinition;
  /** What the file exports as `hot`: how state passes from one version to the next. */
  readonly hot: Hot | undefined;
  /** Why it runs in a worker, `undefined` when it does not. */
  readonly isolated: string | undefined;
  /** Ends what it left behind, and names it. Called once, when its last call ended. */
  dispose(): readonly Leak[] | Promise<readonly Leak[]>;
}

/** What a service file may export as `hot`, to keep state over a swap. Each may take 5 seconds. */
export interface Hot {
  /** Asked of the old code while it still serves; it must go on working, as the swap may fail. */
  readonly handover?: () => unknown;
  /** Given to the new code before its `start`. */
  readonly accept?: (data: unknown) => void | Promise<void>;
}

/** From what a guest is made. */
export interface GuestSource {
  /** Absolute. */
  readonly file: string;
  readonly root: string;
  /** Its code; it works. */
  readonly snapshot: Snapshot;
  /** Where the code comes from. */
  readonly graph: ModuleGraph;
  /** Why it has to run in a worker: what the file says, or what it does. */
  readonly reason: string;
  /** The code failed outside of a call: an uncaught error, or `process.exit()`. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Makes guests that run elsewhere, in a worker. Rejects when the code cannot be evaluated. The variables of `.env` are
 * in `process.env`, which a worker copies.
 */
export type GuestFactory = (source: GuestSource) => Promise<Guest>;

import { dirname } from "node:path";
import type { EvaluatedGraph } from "../graph/evaluate.ts";
import { Externals } from "../graph/externals.ts";
import { loadExternals } from "../graph/load-externals.ts";
import { ModuleCode } from "../graph/module-code.ts";
import type { Snapshot } from "../graph/module-graph.ts";
import type { Bridge } from "./bridge.ts";
import type { HostOpening, SentGraph, WorkerOpening } from "./messages.ts";

/** The host's graph as a worker sees it: files come from there, packages are the worker's own. */
export class WorkerGraph implements EvaluatedGraph {
  readonly externals: Externals = new Externals();
  private readonly bridge: Bridge<HostOpening, WorkerOpening>;

  constructor(bridge: Bridge<HostOpening, WorkerOpening>) {
    this.bridge = bridge;
  }

  async load(file: string): Promise<Snapshot> {
    return receiveGraph(await this.bridge.ask<SentGraph>({ ask: "graph", file }, `the code of ${dirname(file)}`));
  }

  loadExternals(snapshot: Snapshot): Promise<void> {
    return loadExternals(this.externals, snapshot);
  }
}

/** Compiles what the host sent. */
export function receiveGraph({ entry, modules, digest, topLevelAwait }: SentGraph): Snapshot {
  const loaded = modules.map(({ file, transformed, resolved }) => {
    return [file, { file, code: ModuleCode.of(file, transformed, undefined), resolved }] as const;
  });
  const none: ReadonlySet<string> = new Set();
  const files = { modules: new Map(loaded), broken: none, missing: none };
  return { entry, ...files, digest, failure: undefined, topLevelAwait, shape: {} };
}

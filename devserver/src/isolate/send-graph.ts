import type { Snapshot } from "../graph/module-graph.ts";
import type { SentGraph } from "./messages.ts";

/** What a worker needs to run a snapshot. */
export function sendGraph({ entry, modules, digest, topLevelAwait }: Snapshot): SentGraph {
  return {
    entry,
    digest,
    topLevelAwait,
    modules: [...modules.values()].map(({ file, code, resolved }) => ({
      file,
      resolved: new Map(resolved),
      transformed: {
        code: code.code,
        map: code.map,
        imports: code.imports,
        isModule: code.isModule,
        topLevelAwait: code.topLevelAwait,
        hash: code.hash,
      },
    })),
  };
}

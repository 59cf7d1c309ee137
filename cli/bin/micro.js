#!/usr/bin/env node
import * as nodeModule from "node:module";

if ("enableCompileCache" in nodeModule) nodeModule.enableCompileCache(); // Node 22 starts in less time with it.

// An installed copy runs what was built. A copy in the repository runs its sources, so that nothing needs a build.
if (import.meta.url.includes("/node_modules/")) {
  const { runProgram } = await import("../dist/index.js");
  await runProgram();
} else {
  await import("@micro/loader");
  const { runProgram } = await import("../src/index.ts");
  await runProgram();
}

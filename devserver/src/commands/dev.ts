import type { CommandContext } from "@micro/kernel";
import { startHost } from "../host/start-host.ts";
import { startHub } from "../hub/index.ts";
import { Observer } from "../observe/index.ts";
import { type DevPage, runDev } from "./run-dev.ts";

/** `micro dev`: serves what `micro run` serves, and swaps the code of services as their files change. */
export async function run(context: CommandContext): Promise<number> {
  return runDev(context, { startHost, createPage });
}

function createPage(): DevPage {
  const observer = new Observer();
  return {
    plugin: observer.plugin(),
    serve: (host, options) => startHub({ host, observer, ...options }),
    close: () => observer.close(),
  };
}

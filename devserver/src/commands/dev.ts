import type { CommandContext } from "@micro/kernel";
import type { DevEvents } from "../events.ts";
import { startHost } from "../host/start-host.ts";
import { startHub } from "../hub/index.ts";
import { Observer } from "../observe/index.ts";
import { type DevIsolation, type DevPage, runDev } from "./run-dev.ts";

/** `micro dev`: serves what `micro run` serves, and swaps the code of services as their files change. */
export async function run(context: CommandContext): Promise<number> {
  return runDev(context, { startHost, createPage, createIsolation });
}

function createPage(): DevPage {
  const observer = new Observer();
  return {
    plugin: observer.plugin(),
    serve: (host, options) => startHub({ host, observer, ...options }),
    close: () => observer.close(),
  };
}

/** Workers, whose code is loaded for the first service that needs one. */
function createIsolation(events: DevEvents): DevIsolation {
  const load = async () => {
    const { WorkerGuests } = await import("../isolate/worker-guests.ts");
    return new WorkerGuests({ events });
  };
  let guests: ReturnType<typeof load> | undefined;
  return {
    create: async (source) => {
      guests ??= load();
      return (await guests).create(source);
    },
    close: async () => (await guests)?.close(),
  };
}

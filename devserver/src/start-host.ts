import type { DevHost, DevHostOptions } from "./dev-host.ts";

/**
 * Serves the services of a project, and swaps their code as their files change: what `micro dev` does, for programs that
 * do it themselves. A service that does not work yet does not keep the others from being served.
 *
 * @throws Error when the first kernel does not start
 */
export async function startHost(options: DevHostOptions): Promise<DevHost> {
  // Loaded here, so that a command line that only looks for this package's commands does not load all of it.
  const host = await import("./host/start-host.ts");
  return host.startHost(options);
}

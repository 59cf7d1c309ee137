import type { Server } from "node:http";

/** A listener on every address that was asked for, with one port. */
export interface Listeners {
  readonly port: number;
  close(): Promise<void>;
}

/** What a page is served on when nobody chooses: behind 8080 to 8082, which the api, sidecar and web of 2016 use. */
const defaultPort = 8083;

/**
 * Listens on loopback, IPv4 and, where there is one, IPv6, with the same port: on `localhost` browsers try both, and the
 * other one must not be somebody else. A default port that is taken gives way to a free one, a chosen one does not.
 *
 * @throws Error that names the port that is taken
 */
export async function listen(create: () => Server, port: number | undefined, host?: string): Promise<Listeners> {
  if (port !== undefined && port !== 0) return listenOn(create, port, host);
  for (let attempt = port === 0 ? 1 : 0; ; attempt++) {
    try {
      return await listenOn(create, attempt === 0 ? defaultPort : 0, host);
    } catch (error) {
      if (attempt >= 5 || codeOf(error) !== "EADDRINUSE") throw error;
    }
  }
}

async function listenOn(create: () => Server, port: number, host: string | undefined): Promise<Listeners> {
  const servers = [await listening(create(), port, host ?? "127.0.0.1")];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closed));
  };
  const bound = portOf(servers[0] as Server);
  if (host !== undefined) return { port: bound, close };
  try {
    servers.push(await listening(create(), bound, "::1"));
  } catch (error) {
    // A machine without IPv6 has no such address. One that has it and whose port is taken must not be shared.
    if (codeOf(error) !== "EADDRNOTAVAIL" && codeOf(error) !== "EAFNOSUPPORT") {
      await close();
      throw error;
    }
  }
  return { port: bound, close };
}

function listening(server: Server, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(explained(error, host, port));
    server.once("error", onError);
    server.listen({ port, host, ipv6Only: host === "::1" }, () => {
      server.off("error", onError);
      resolve(server);
    });
  });
}

function explained(error: Error, host: string, port: number): Error {
  if (codeOf(error) !== "EADDRINUSE") return error;
  const explanation = new Error(`port ${port} of ${host} is taken: choose another one, or 0 for any`, { cause: error });
  return Object.assign(explanation, { code: "EADDRINUSE" });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

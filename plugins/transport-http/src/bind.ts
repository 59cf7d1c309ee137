import { createServer, type Server } from "node:net";
import type { MicroError } from "@micro/kernel";
import { formatAddress, parseAddress } from "./address.ts";
import { listenFailed } from "./errors.ts";
import type { ResolvedHttpOptions, TlsListenOptions } from "./options.ts";

/** A server that listens. */
export interface BoundServer {
  readonly server: Server;
  /** `host:port`, the host as it was asked for. */
  readonly address: string;
  /** The event that tells of a socket ready to be read. */
  readonly connectionEvent: "connection" | "secureConnection";
}

/**
 * Binds the first free port that the address allows.
 *
 * @throws MicroError 500 that names the address and what to do
 */
export async function bind(address: string, options: ResolvedHttpOptions): Promise<BoundServer> {
  const target = parseAddress(address);
  if (target === undefined) throw listenFailed(address, "write it as host:port, :port, [::1]:port or host:8000-8010");
  const { host, port, lastPort } = target;
  for (let at = port; ; at++) {
    const server = createFor(options);
    const error = await listening(server, host, at);
    if (error === undefined) return describe(server, host, options);
    if (error.code !== "EADDRINUSE" || at >= lastPort) throw explain(address, port !== lastPort, error);
  }
}

const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 } as const;

function createFor({ tls, limits }: ResolvedHttpOptions): Server {
  return tls.listen === undefined ? createServer(socketOptions) : createSecure(tls.listen, limits.headerTimeoutMs);
}

function createSecure({ cert, key, clientCa }: TlsListenOptions, handshakeTimeoutMs: number): Server {
  const { createServer: createTlsServer } = process.getBuiltinModule("node:tls"); // Not imported, see dial.ts.
  return createTlsServer({
    ...socketOptions,
    cert: cert as string,
    key: key as string,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: Number.isFinite(handshakeTimeoutMs) ? handshakeTimeoutMs : 0,
    ...(clientCa === undefined ? {} : { ca: clientCa as string[], requestCert: true, rejectUnauthorized: true }),
  });
}

function listening(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => resolve(error);
    server.once("error", onError);
    server.listen(host === "" ? { port } : { port, host }, () => {
      server.off("error", onError);
      resolve(undefined);
    });
  });
}

function describe(server: Server, host: string, { tls }: ResolvedHttpOptions): BoundServer {
  const bound = server.address() as { address: string; port: number };
  const connectionEvent = tls.listen === undefined ? "connection" : "secureConnection";
  return { server, address: formatAddress(host === "" ? bound.address : host, bound.port), connectionEvent };
}

function explain(address: string, isRange: boolean, error: NodeJS.ErrnoException): MicroError {
  switch (error.code) {
    case "EADDRINUSE":
      return listenFailed(address, isRange ? "every port of the range is in use; widen it" : inUse, error);
    case "EADDRNOTAVAIL":
      return listenFailed(
        address,
        "this machine has no such address; use one of its own, or none for all of them",
        error,
      );
    case "EACCES":
      return listenFailed(address, "this user may not bind the port; choose one above 1023", error);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return listenFailed(address, "the name of the host is not known", error);
    default:
      return listenFailed(address, error.message, error);
  }
}

const inUse = "the address is in use; stop what listens there, or choose another port, or port 0 for a free one";

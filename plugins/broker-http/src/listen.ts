import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { type MicroError, splitAddress } from "@micro/kernel";
import { listenFailed } from "./errors.ts";
import type { HttpBrokerTls } from "./options.ts";

/** A server that listens. */
export interface Listening {
  readonly server: Server;
  /** `host:port`, the host as it was asked for. */
  readonly address: string;
}

/**
 * Binds the first free port that the address allows.
 *
 * @throws MicroError 500 that names the address and what to do
 */
export async function listen(address: string, tls: HttpBrokerTls["listen"]): Promise<Listening> {
  const { host, first, last } = parse(address);
  for (let port = first; ; port++) {
    const server = create(tls);
    const error = await bind(server, host, port);
    if (error === undefined) return { server, address: addressOf(server, host) };
    if (error.code !== "EADDRINUSE" || port >= last) throw explain(address, error);
  }
}

// The times and sizes that the transport has, too.
const serverOptions: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1000,
  noDelay: true,
};
const maxConnections = 10_000;

function create(tls: HttpBrokerTls["listen"]): Server {
  const server = tls === undefined ? createServer(serverOptions) : createTlsServer(withTls(tls));
  server.maxConnections = maxConnections;
  // Node would drop what is more without a word, be it Host or Content-Type. They are counted where they are read.
  server.maxHeadersCount = 0;
  return server;
}

function withTls({ cert, key, clientCa }: NonNullable<HttpBrokerTls["listen"]>): TlsServerOptions {
  const client = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { ...serverOptions, cert, key, minVersion: "TLSv1.2", handshakeTimeout: 10_000, ...client };
}

function parse(address: string): { readonly host: string; readonly first: number; readonly last: number } {
  const { host, port } = splitAddress(address);
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(port) ?? [];
  if (first === undefined || Number(last) > 65_535 || Number(first) > Number(last)) {
    throw listenFailed(address, "write it as host:port, :port, [::1]:port or host:8000-8010");
  }
  return { host, first: Number(first), last: Number(last) };
}

function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(host === "" ? { port } : { port, host }, () => {
      server.off("error", resolve);
      resolve(undefined);
    });
  });
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function explain(address: string, error: NodeJS.ErrnoException): MicroError {
  switch (error.code) {
    case "EADDRINUSE":
      return listenFailed(address, "it is in use; choose another port, or port 0 for a free one", error);
    case "EADDRNOTAVAIL":
      return listenFailed(address, "this machine has no such address; use one of its own, or none for all", error);
    case "EACCES":
      return listenFailed(address, "this user may not bind the port; choose one above 1023", error);
    default:
      return listenFailed(address, error.message, error);
  }
}

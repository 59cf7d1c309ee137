import { MicroError } from "@micro/wire";

/** An address to listen on, read: the host as it was asked for, and the ports to try. */
export interface ListenAddress {
  readonly host: string;
  readonly firstPort: number;
  /** The same as the first one where there is no range. */
  readonly lastPort: number;
}

/**
 * Reads `host:port`, `:port` and `host:8000-8010`.
 *
 * @throws MicroError that names the address when it is none of these
 */
export function parseListenAddress(address: string): ListenAddress {
  const parts = /^(\[[^\]]+\]|[^:]*):(\d{1,5})(?:-(\d{1,5}))?$/.exec(address);
  const firstPort = Number(parts?.[2]);
  const lastPort = Number(parts?.[3] ?? firstPort);
  const isRange = firstPort !== lastPort;
  if (parts === null || lastPort > 65_535 || firstPort > lastPort || (isRange && firstPort === 0)) {
    throw listenFailed(`"${address}" is not an address to listen on; write host:port, :port or host:8000-8010`);
  }
  return { host: parts[1] || "memory", firstPort, lastPort };
}

/** The error of a `listen` that did not work. */
export function listenFailed(detail: string): MicroError {
  return new MicroError("go.micro.server", 500, detail, { reason: "listen_failed" });
}

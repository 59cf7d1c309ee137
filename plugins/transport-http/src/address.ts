/** An address to dial or to bind. */
export interface HostPorts {
  /** Without brackets; empty for every interface. */
  readonly host: string;
  readonly port: number;
  /** The last port of a range, or the same as {@link port}. */
  readonly lastPort: number;
}

/** Reads `host:port`, `:port`, `[::1]:port` and `host:first-last`. `undefined` when it is none of them. */
export function parseAddress(address: string): HostPorts | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([\w.-]*)):(\d{1,5})(?:-(\d{1,5}))?$/.exec(address);
  if (match === null) return undefined;
  const [, literal, name = "", first, last = first] = match;
  const [port, lastPort] = [Number(first), Number(last)];
  if (lastPort > 65_535 || port > lastPort) return undefined;
  return { host: literal ?? name, port, lastPort };
}

/** Writes `host:port`, with brackets around an IPv6 host. */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

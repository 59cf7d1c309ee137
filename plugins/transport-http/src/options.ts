/** What `transportHttp()` and {@link HttpTransport} take. */
export interface HttpTransportOptions {
  /** Bounds of what a peer may send and how long it may take. Those left out keep their defaults. */
  readonly limits?: Partial<HttpLimits>;
  /** TLS for dialling, listening or both. Off by default, as in go-micro. */
  readonly tls?: HttpTlsOptions;
}

/** Bounds of what a peer may send and how long it may take. Every one is above 0; times may be `Infinity`. */
export interface HttpLimits {
  /** The longest body in bytes, of requests and of replies. Default 4 MiB, as gRPC. */
  readonly maxBodyBytes: number;
  /** The longest head in bytes, start line included. Default 16 KiB, as Node. */
  readonly maxHeaderBytes: number;
  /** How many headers a message may have. Default 100. */
  readonly maxHeaders: number;
  /** How many messages, and how many bytes of them, wait on a connection before it is read no further. Default 16. */
  readonly maxPipelined: number;
  /** The bytes of messages that may wait on a connection before it is read no further. Default 1 MiB. */
  readonly maxPipelinedBytes: number;
  /** How many connections a listener holds; further ones are closed at once. Default 10,000. */
  readonly maxConnections: number;
  /** How long connecting may take, TLS included, where the deadline of the call is later. Default 5 s, as go-micro. */
  readonly dialTimeoutMs: number;
  /** How long a head may take from its first byte on; then 408. Default 10 s. */
  readonly headerTimeoutMs: number;
  /** How long a whole request may take from its first byte on; then 408. Default 60 s. */
  readonly requestTimeoutMs: number;
  /** How long a connection may stay without a request; then it is closed. Default 75 s. */
  readonly idleTimeoutMs: number;
  /** How long a peer may take none of the bytes that wait for it; then the connection is cut. Default 30 s. */
  readonly writeStallMs: number;
}

/** TLS. The peer's certificate is always verified, and TLS 1.2 is the oldest version spoken. */
export interface HttpTlsOptions {
  /** Dial by TLS with this. Without it connections are plain. */
  readonly dial?: TlsDialOptions;
  /** Listen by TLS with this. Without it listeners are plain. */
  readonly listen?: TlsListenOptions;
}

/** How a client speaks TLS. */
export interface TlsDialOptions {
  /** The authorities to trust, as PEM. Default those of Node. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The client's own certificate as PEM, where servers ask for one. */
  readonly cert?: string | Uint8Array;
  /** The key of {@link cert}. */
  readonly key?: string | Uint8Array;
  /** The name that the server's certificate must carry. Default the host that is dialled. */
  readonly serverName?: string;
}

/** How a server speaks TLS. */
export interface TlsListenOptions {
  /** The certificate as PEM, with its chain. */
  readonly cert: string | Uint8Array;
  /** The key of {@link cert}. */
  readonly key: string | Uint8Array;
  /** Authorities of client certificates, as PEM. When given, a client without such a certificate is turned away. */
  readonly clientCa?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** The options with every default filled in. */
export interface ResolvedHttpOptions {
  readonly limits: HttpLimits;
  readonly tls: HttpTlsOptions;
}

/** The limits where nobody says otherwise. */
export const defaultHttpLimits: HttpLimits = Object.freeze({
  maxBodyBytes: 4 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 100,
  maxPipelined: 16,
  maxPipelinedBytes: 1024 * 1024,
  maxConnections: 10_000,
  dialTimeoutMs: 5_000,
  headerTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 75_000,
  writeStallMs: 30_000,
});

/**
 * Fills in the defaults.
 *
 * @throws TypeError that names the limit that is unknown or not a number above 0
 */
export function resolveHttpOptions(options: HttpTransportOptions = {}): ResolvedHttpOptions {
  const limits = { ...defaultHttpLimits } as Record<string, number>;
  for (const [name, value] of Object.entries(options.limits ?? {})) {
    if (value !== undefined) limits[name] = checkLimit(name, value);
  }
  return Object.freeze({
    limits: Object.freeze(limits) as unknown as HttpLimits,
    tls: Object.freeze({ ...options.tls }),
  });
}

function checkLimit(name: string, value: unknown): number {
  if (!Object.hasOwn(defaultHttpLimits, name)) {
    throw new TypeError(`transport-http has no limit "${name}"; it has ${Object.keys(defaultHttpLimits).join(", ")}`);
  }
  if (typeof value !== "number" || !(value > 0)) {
    throw new TypeError(`the limit "${name}" of transport-http must be a number above 0, not ${String(value)}`);
  }
  return value;
}

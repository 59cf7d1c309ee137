import type { Logger, Registry } from "@micro/kernel";

/** What {@link HttpBroker} takes. */
export interface HttpBrokerOptions {
  /** Where subscriptions are announced and found. It is not closed with the broker. */
  readonly registry: Registry;
  /**
   * Where to listen for messages, once there is a subscription: `host:port`, port 0 for a free one, or a range
   * `host:8000-8010`. Default `:0`, a free port on every interface.
   */
  readonly address?: string;
  /** What publishers dial, as `host` or `host:port`. Default the address listened on, or one of this machine's. */
  readonly advertise?: string;
  /**
   * Whose publishers and subscribers are reached. The two generations of go-micro announce subscriptions under
   * different names, so each costs a record per subscription and a lookup per message. Default both; nobody gets a
   * message twice for it.
   */
  readonly generations?: readonly Generation[];
  /**
   * How many messages of one subscription are handled at a time. Default 1, which keeps their order; with more, a
   * message may overtake another one.
   */
  readonly concurrency?: number;
  /** Bounds of what may come in and wait. Those left out keep their defaults. */
  readonly limits?: Partial<HttpBrokerLimits>;
  /** TLS for listening, dialling or both. Off by default, as in go-micro. */
  readonly tls?: HttpBrokerTls;
  /** Told what was lost and why, a line for each kind of trouble in ten seconds. Nobody when absent. */
  readonly log?: Pick<Logger, "warn">;
}

/** A generation of go-micro's HTTP broker: that of 2016 (up to 1.0 and some after), and the later one up to 1.18. */
export type Generation = "2016" | "1.18";

/** Bounds of what may come in and wait. Each is a whole number above 0. */
export interface HttpBrokerLimits {
  /** The longest message in bytes, as it travels: JSON with the body in base64. Default 4 MiB, in and out. */
  readonly maxBytes: number;
  /** How many messages of one subscription wait or are handled; what comes above that is answered 503. Default 1024. */
  readonly pendingMessages: number;
  /** The bytes of those messages. One message is always taken. Default 8 MiB. */
  readonly pendingBytes: number;
  /** The bytes of all requests that are being received at a time; above that they are answered 503. Default 64 MiB. */
  readonly receivingBytes: number;
  /** How many `publish` may be under way; above that they are refused. Default 10,000. */
  readonly publishingMessages: number;
  /** The bytes of their messages. Default 64 MiB. */
  readonly publishingBytes: number;
  /** How many messages are being posted at a time; further ones wait. Default 256. */
  readonly posts: number;
  /** How many of them to one address. Default 16. */
  readonly postsPerAddress: number;
  /** How long, in milliseconds, a message may take to reach a subscriber, waiting included. Default 10 s. */
  readonly sendTimeoutMs: number;
  /** How long, in milliseconds, the end of a subscription waits until what it has taken is handled. Default 1 s. */
  readonly drainMs: number;
}

/** TLS. The peer's certificate is always verified, and TLS 1.2 is the oldest version spoken. */
export interface HttpBrokerTls {
  /** Listen by TLS with this certificate and key, as PEM. With `clientCa`, publishers must show one of its certificates. */
  readonly listen?: { readonly cert: Pem; readonly key: Pem; readonly clientCa?: Pem };
  /**
   * How subscribers that listen by TLS are dialled: the authorities to trust (default Node's), an own certificate, and
   * the name that theirs must carry (default the host that is dialled).
   */
  readonly dial?: { readonly ca?: Pem; readonly cert?: Pem; readonly key?: Pem; readonly serverName?: string };
}

/** One or more PEM texts in one. */
export type Pem = string | Buffer;

/** The options with every default filled in. */
export interface ResolvedBrokerOptions {
  readonly address: string;
  readonly advertise: string;
  readonly generations: readonly Generation[];
  readonly concurrency: number;
  readonly limits: HttpBrokerLimits;
  readonly tls: HttpBrokerTls;
}

/** The limits where nobody says otherwise. */
export const defaultHttpBrokerLimits: HttpBrokerLimits = Object.freeze({
  maxBytes: 4 * 1024 * 1024,
  pendingMessages: 1024,
  pendingBytes: 8 * 1024 * 1024,
  receivingBytes: 64 * 1024 * 1024,
  publishingMessages: 10_000,
  publishingBytes: 64 * 1024 * 1024,
  posts: 256,
  postsPerAddress: 16,
  sendTimeoutMs: 10_000,
  drainMs: 1000,
});

const allGenerations: readonly Generation[] = Object.freeze(["2016", "1.18"]);

/**
 * Fills in what was left out.
 *
 * @throws TypeError that names the option and what it takes
 */
export function resolveOptions(options: HttpBrokerOptions): ResolvedBrokerOptions {
  const { address = ":0", advertise = "", generations = allGenerations, concurrency = 1, tls = {} } = options;
  checkCount("concurrency", concurrency);
  if (generations.length === 0 || generations.some((name) => !allGenerations.includes(name))) {
    const wanted = `one or more of ${allGenerations.join(", ")}`;
    throw new TypeError(`broker-http: generations is ${wanted}, not [${generations.join(", ")}]`);
  }
  return { address, advertise, generations, concurrency, tls, limits: resolveLimits(options.limits ?? {}) };
}

function resolveLimits(limits: Partial<HttpBrokerLimits>): HttpBrokerLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultHttpBrokerLimits, name)) {
      const known = Object.keys(defaultHttpBrokerLimits).join(", ");
      throw new TypeError(`broker-http has no limit "${name}"; it has ${known}`);
    }
    checkCount(`limits.${name}`, value);
  }
  return { ...defaultHttpBrokerLimits, ...limits };
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new TypeError(`broker-http: ${name} is a whole number above 0, not ${String(value)}`);
}

import { connect, isIP, type Socket } from "node:net";
import { type Limits, lookupNode, MicroError } from "@micro/kernel";
import { type HostPorts, parseAddress } from "./address.ts";
import { Bound } from "./bound.ts";
import { cancelled, dialFailed, unprocessed } from "./errors.ts";
import { HttpConnection } from "./http-connection.ts";
import type { HttpLimits, ResolvedHttpOptions, TlsDialOptions } from "./options.ts";

/**
 * Connects, and does the TLS handshake where TLS is asked for.
 *
 * @throws MicroError with `notProcessed`: 500 `dial_failed`, 502 `address_not_allowed`, or 408 when the limits ended it
 */
export function dial(address: string, limits: Limits, options: ResolvedHttpOptions): Promise<HttpConnection> {
  const target = parseAddress(address);
  if (target === undefined || target.host === "" || target.port === 0 || target.port !== target.lastPort) {
    return Promise.reject(dialFailed(address, "an address to dial is written host:port"));
  }
  if (limits.cancellation?.aborted === true) return Promise.reject(cancelled(limits.cancellation.reason, true));
  return new Promise((resolve, reject) => new Dialling(address, target, options, resolve, reject).start(limits));
}

/** One attempt to connect. */
class Dialling {
  readonly #address: string;
  readonly #limits: HttpLimits;
  readonly #resolve: (connection: HttpConnection) => void;
  readonly #reject: (error: MicroError) => void;
  readonly #socket: Socket;
  readonly #bound: Bound;
  #endsEarly = false;

  constructor(
    address: string,
    target: HostPorts,
    options: ResolvedHttpOptions,
    resolve: (connection: HttpConnection) => void,
    reject: (error: MicroError) => void,
  ) {
    this.#address = address;
    this.#limits = options.limits;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#bound = new Bound(this);
    const { dial: tls } = options.tls;
    this.#socket = tls === undefined ? connectPlain(target) : connectSecure(target, tls);
    this.#socket.once(tls === undefined ? "connect" : "secureConnect", this.#onConnect);
    this.#socket.on("error", this.#onError);
    this.#socket.once("close", this.#onClose);
  }

  start(limits: Limits): void {
    const ownDeadline = performance.now() + this.#limits.dialTimeoutMs;
    this.#endsEarly = ownDeadline < limits.deadline;
    this.#bound.start({ deadline: Math.min(ownDeadline, limits.deadline), cancellation: limits.cancellation });
  }

  /** @internal The limits ended it. No byte of a request left yet. */
  fail(error: MicroError): void {
    this.#socket.destroy();
    if (this.#endsEarly && error.reason === "deadline_exceeded") {
      this.#reject(dialFailed(this.#address, `no answer within ${this.#limits.dialTimeoutMs} ms`));
    } else this.#reject(unprocessed(error));
  }

  readonly #onConnect = (): void => {
    this.#bound.stop();
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#onClose);
    // Made here and now: a socket must not be without an "error" listener for a single turn.
    this.#resolve(new HttpConnection(this.#address, this.#socket, this.#limits));
  };

  readonly #onError = (error: Error): void => {
    this.#bound.stop();
    this.#reject(MicroError.is(error) ? error : dialFailed(this.#address, reasonOf(error), error));
  };

  readonly #onClose = (): void => {
    this.#bound.stop();
    this.#reject(dialFailed(this.#address, "the connection was closed"));
  };
}

// A peer that vanished without a word is noticed by probes, also while nobody writes.
const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 } as const;

function connectPlain({ host, port }: HostPorts): Socket {
  return connect({ ...socketOptions, host, port, lookup: lookupNode });
}

function connectSecure({ host, port }: HostPorts, tls: TlsDialOptions): Socket {
  // Not imported: TLS takes 4 ms to load, and most programs never need it.
  const { connect: connectTls } = process.getBuiltinModule("node:tls");
  // Node takes no address as a name to send, but it verifies the certificate against it all the same.
  const servername = tls.serverName ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    ...socketOptions,
    host,
    port,
    lookup: lookupNode,
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
    ...(servername === undefined ? {} : { servername }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca as string[] }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert as string }),
    ...(tls.key === undefined ? {} : { key: tls.key as string }),
  });
}

function reasonOf(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name of the host is not known";
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "the host does not answer";
    default:
      return message === "" ? String(code) : message;
  }
}

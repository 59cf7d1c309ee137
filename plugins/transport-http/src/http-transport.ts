import type { Connection, Limits, Listener, ListenOptions, ServerExchange, Transport } from "@micro/kernel";
import { bind } from "./bind.ts";
import { dial } from "./dial.ts";
import { HttpListener } from "./http-listener.ts";
import { type HttpTransportOptions, type ResolvedHttpOptions, resolveHttpOptions } from "./options.ts";

/**
 * The HTTP transport of go-micro 2016: messages framed as HTTP/1.1 on plain or TLS sockets, one exchange at a
 * time on a connection, and connections that are kept. It uses no HTTP library, because a stream sends many
 * responses to one request, which HTTP libraries refuse.
 *
 * @example
 * const transport = new HttpTransport();
 * const listener = await transport.listen({ address: "127.0.0.1:0" }, (exchange) => {
 *   exchange.reply({ header: { "Content-Type": "text/plain" }, body: "hello" });
 * });
 */
export class HttpTransport implements Transport {
  readonly name: string = "http";
  readonly multiplexed: boolean = false;
  readonly #options: ResolvedHttpOptions;

  /** @throws TypeError that names a wrong limit */
  constructor(options: HttpTransportOptions = {}) {
    this.#options = resolveHttpOptions(options);
  }

  dial(address: string, limits: Limits): Promise<Connection> {
    return dial(address, limits, this.#options);
  }

  async listen(options: ListenOptions, accept: (exchange: ServerExchange) => void): Promise<Listener> {
    const { server, address, connectionEvent } = await bind(options.address, this.#options);
    return new HttpListener(address, server, connectionEvent, this.#options.limits, accept);
  }
}

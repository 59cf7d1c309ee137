import { brokerHttp } from "@micro/broker-http";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import type { PluginList } from "@micro/kernel";
import { pool } from "@micro/pool";
import { registryMdns } from "@micro/registry-mdns";
import { retry } from "@micro/retry";
import { selectorCache } from "@micro/selector-cache";
import { transportHttp } from "@micro/transport-http";

/**
 * What a newcomer gets without choosing: discovery by multicast DNS, the HTTP transport, JSON-RPC codec and HTTP broker of
 * go-micro 2016, the selector cache, which waits for `--selector=cache`, and the connection pool, which keeps no
 * connection until `--client_pool_size` says so, and another try of calls where that is safe.
 *
 * A plugin that follows it in the list goes before it: another registry becomes the default, a plugin of the same name
 * takes the place of the one here.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard()] });
 */
export function standard(): PluginList {
  return [registryMdns(), transportHttp(), codecJsonRpc(), brokerHttp(), selectorCache(), pool(), retry()];
}

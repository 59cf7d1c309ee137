import { brokerHttp } from "@micro/broker-http";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import type { PluginList } from "@micro/kernel";
import { outlier } from "@micro/outlier";
import { pool } from "@micro/pool";
import { registryMdns } from "@micro/registry-mdns";
import { retry } from "@micro/retry";
import { selectorCache } from "@micro/selector-cache";
import { selectorP2c } from "@micro/selector-p2c";
import { shed } from "@micro/shed";
import { transportHttp } from "@micro/transport-http";

/**
 * What a newcomer gets without choosing: discovery by multicast DNS, the HTTP transport, JSON-RPC codec and HTTP broker of
 * go-micro 2016, the selectors cache and p2c, which wait for `--selector`, the connection pool, which keeps no connection
 * until `--client_pool_size` says so, another try of calls where that is safe, no calls for nodes that fail, and a limit
 * to the calls that a service takes.
 *
 * A plugin that follows it in the list goes before it: another registry becomes the default, a plugin of the same name
 * takes the place of the one here.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard()] });
 */
export function standard(): PluginList {
  return [
    registryMdns(),
    transportHttp(),
    codecJsonRpc(),
    brokerHttp(),
    selectorCache(),
    selectorP2c(),
    pool(),
    retry(),
    outlier(),
    shed(),
  ];
}

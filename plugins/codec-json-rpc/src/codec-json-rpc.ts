import { definePlugin, type Plugin } from "@micro/kernel";
import { jsonRpcCodec } from "./json-rpc-codec.ts";

/**
 * Installs {@link jsonRpcCodec} for `application/json` and `application/json-rpc`.
 *
 * @example
 * const kernel = await startKernel({ plugins: [codecJsonRpc()] });
 */
export function codecJsonRpc(): Plugin {
  return definePlugin({
    name: "codec-json-rpc",
    setup({ hooks }) {
      hooks.codec.tap("codec-json-rpc", (contentType) =>
        jsonRpcCodec.contentTypes.includes(contentType) ? jsonRpcCodec : undefined,
      );
    },
  });
}

import { definePlugin, type Plugin } from "@micro/kernel";
import { protoMapping } from "./proto-mapping.ts";
import { protoRpcCodec } from "./proto-rpc-codec.ts";

/**
 * Installs {@link protoRpcCodec} for `application/protobuf`, `application/proto-rpc` and `application/octet-stream`,
 * and tells JSON codecs how messages look in JSON.
 *
 * @example
 * const kernel = await startKernel({ plugins: [codecProtoRpc()] });
 */
export function codecProtoRpc(): Plugin {
  return definePlugin({
    name: "codec-proto-rpc",
    setup({ hooks }) {
      hooks.codec.tap("codec-proto-rpc", (contentType) =>
        protoRpcCodec.contentTypes.includes(contentType) ? protoRpcCodec : undefined,
      );
      hooks.schema.tap("codec-proto-rpc", protoMapping);
    },
  });
}

import { definePlugin, type Plugin, type SchemaMapping } from "@micro/kernel";
import { createJsonRpcCodec, type MappingOf } from "./json-rpc-codec.ts";

/**
 * Installs the codec for `application/json` and `application/json-rpc`. Methods with schemas have their values mapped by
 * whichever plugin knows the schema.
 *
 * @example
 * const kernel = await startKernel({ plugins: [codecJsonRpc()] });
 */
export function codecJsonRpc(): Plugin {
  return definePlugin({
    name: "codec-json-rpc",
    setup({ hooks }) {
      const codec = createJsonRpcCodec(remember((schema) => hooks.schema.call(schema)));
      hooks.codec.tap("codec-json-rpc", (contentType) =>
        codec.contentTypes.includes(contentType) ? codec : undefined,
      );
    },
  });
}

/** Asks once for each schema. What is no object is no schema of any library. */
function remember(mappingOf: MappingOf): MappingOf {
  const known = new WeakMap<object, SchemaMapping | undefined>();
  return (schema) => {
    if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return undefined;
    const mapping = known.get(schema);
    if (mapping !== undefined || known.has(schema)) return mapping;
    const supplied = mappingOf(schema);
    known.set(schema, supplied);
    return supplied;
  };
}

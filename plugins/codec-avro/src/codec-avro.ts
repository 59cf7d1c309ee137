import { definePlugin, type Plugin } from "@micro/kernel";
import { avroCodec } from "./avro-codec.ts";
import { avroMapping } from "./avro-mapping.ts";

/**
 * Installs {@link avroCodec} for `application/avro` and `avro/binary`, and tells JSON codecs how Avro values look in
 * JSON.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), codecAvro()] });
 */
export function codecAvro(): Plugin {
  return definePlugin({
    name: "codec-avro",
    setup({ hooks }) {
      hooks.codec.tap("codec-avro", (contentType) =>
        avroCodec.contentTypes.includes(contentType) ? avroCodec : undefined,
      );
      hooks.schema.tap("codec-avro", avroMapping);
    },
  });
}

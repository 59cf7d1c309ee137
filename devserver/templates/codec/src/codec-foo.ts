import { definePlugin, type Plugin } from "@micro/kernel";
import { fooCodec } from "./foo-codec.ts";

/**
 * Supplies the codec of `application/x-foo`. `--content_type=application/x-foo` sends messages in it.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), codecFoo()] });
 */
export function codecFoo(): Plugin {
  return definePlugin({
    name: "codec-foo",
    setup({ hooks }) {
      hooks.codec.tap("codec-foo", (contentType) =>
        fooCodec.contentTypes.includes(contentType) ? fooCodec : undefined,
      );
    },
  });
}

import { definePlugin, type Plugin } from "@micro/kernel";
import { HttpTransport } from "./http-transport.ts";
import type { HttpTransportOptions } from "./options.ts";

/**
 * Provides the transport `http`, that of go-micro 2016.
 *
 * @example
 * export default defineConfig({ plugins: [transportHttp({ limits: { maxBodyBytes: 1024 * 1024 } })] });
 */
export function transportHttp(options: HttpTransportOptions = {}): Plugin {
  return definePlugin({
    name: "transport-http",
    setup: ({ provide }) => provide("transport", "http", () => new HttpTransport(options)),
  });
}

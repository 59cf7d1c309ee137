import { defineConfig } from "@micro/kernel";
import { standard } from "@micro/standard";
import { cacher } from "./src/index.ts";

export default defineConfig({
  plugins: [standard(), cacher({ ttl: "10s" })],
  use: { cacher: "memory" },
});

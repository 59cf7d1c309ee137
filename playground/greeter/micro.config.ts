import { defineConfig } from "@micro/kernel";
import { standard } from "@micro/standard";
import { trickle } from "./trickle.ts";

export default defineConfig({
  plugins: [standard(), trickle()],
  services: ["services/*.ts"],
  // Everything goes over the wire, though it all runs in one process: this is what another program would see.
  local: false,
});

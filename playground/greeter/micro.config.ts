import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { defineConfig } from "@micro/kernel";
import { standard } from "@micro/standard";
import { trickle } from "./trickle.ts";

export default defineConfig({
  // The greeter has schemas: with this codec it answers protobuf too, which go-micro programs speak by default.
  plugins: [standard(), codecProtoRpc(), trickle()],
  services: ["services/*.ts"],
  // Everything goes over the wire, though it all runs in one process: this is what another program would see.
  local: false,
});

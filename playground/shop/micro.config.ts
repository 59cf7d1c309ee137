import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { defineConfig } from "@micro/kernel";
import { standard } from "@micro/standard";
import { shoppers } from "./shoppers.ts";

/** A shop of seven services and the greeter beside it: enough that its picture tells something. */
export default defineConfig({
  // The greeter has schemas, for which this codec answers protobuf.
  plugins: [standard(), codecProtoRpc(), shoppers()],
  services: ["services/*.ts", "../greeter/services/*.ts"],
});

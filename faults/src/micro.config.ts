// What the nodes run on: `micro run` with this and the flags of the test.

import { defineConfig } from "@micro/kernel";
import { registryConsul } from "@micro/registry-consul";
import { registryMdns } from "@micro/registry-mdns";
import { standard } from "@micro/standard";

// mDNS behind Consul, so that it stays what is taken without a choice.
export default defineConfig({ plugins: [standard(), registryConsul(), registryMdns()], services: ["work.ts"] });

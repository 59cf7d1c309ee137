import assert from "node:assert/strict";
import { startKernel } from "@micro/kernel";
import { testPlugin } from "@micro/kernel/testing";
import { registryMdns } from "@micro/registry-mdns";
import { suite } from "uvu";
import { createGroup } from "./support/registries.ts";

const test = suite("the plugin");

testPlugin({ test, plugin: () => registryMdns(createGroup()), config: { use: { registry: "mdns" } } });

test("--registry_address names the interface to use, and a wrong one is told with its name", async () => {
  const plugins = [registryMdns(createGroup())];
  const settings = { registry_address: "127.0.0.1:8500" };

  await assert.rejects(startKernel({ plugins, use: { registry: "mdns" }, settings }), /127\.0\.0\.1:8500/);
});

test.run();

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { eventually } from "@micro/kernel/testing";
import type { MdnsOptions } from "@micro/registry-mdns";
import { suite } from "uvu";
import { createGroup, createName, limitMs, recordOf, withRegistry } from "./support/registries.ts";

const test = suite("where multicast does not work");

test("a port that is taken is told once, own services are found, and of others it cannot tell", async () => {
  const group = createGroup();
  const holder = createSocket("udp4");
  await new Promise<void>((resolve) => holder.bind(group.port, "0.0.0.0", resolve));
  try {
    const { options, warnings } = withLog(group);
    await withRegistry(options, async (registry) => {
      const record = recordOf(createName());
      await registry.register(record);

      assert.equal((await registry.getService(record.name)).length, 1);
      assert.deepEqual(await registry.listServices(), [record.name]);
      await assert.rejects(async () => registry.getService(createName()), {
        code: 503,
        reason: "registry_unavailable",
        message: new RegExp(`UDP port ${group.port} .*EADDRINUSE.*--registry=consul`),
      });
      assert.equal(warnings.length, 1);
      assert.match(String(warnings[0]), /EADDRINUSE/);
    });
  } finally {
    await new Promise<void>((resolve) => holder.close(() => resolve()));
  }
});

test("an interface that is not there is told with its name", async () => {
  const { options, warnings } = withLog({ ...createGroup(), interface: "nosuch0" });
  await withRegistry(options, async (registry) => {
    await registry.register(recordOf(createName()));

    await eventually(limitMs, "the warning", () => warnings.length > 0);
    assert.match(String(warnings[0]), /no network interface is nosuch0.*--registry_address/);
  });
});

test("an interface that is there says nothing", async () => {
  const { options, warnings } = withLog(createGroup());
  await withRegistry(options, async (registry) => {
    await registry.register(recordOf(createName()));

    // The check for an echo is made after two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2200));
    assert.deepEqual(warnings, []);
  });
});

function withLog(options: MdnsOptions): { readonly options: MdnsOptions; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  return { options: { ...options, log: { warn: (message) => void warnings.push(message) } }, warnings };
}

test.run();

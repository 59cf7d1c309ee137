import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineService, MicroError, startKernel } from "@micro/kernel";
import { eventually, testPlugin, testRegistry } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FooRegistry, registryFoo } from "../src/index.ts";

const parent = mkdtempSync(join(tmpdir(), "registry-foo-"));
const test = suite("registry-foo");
test.after(() => rmSync(parent, { recursive: true, force: true }));

// What every registry must do.
testRegistry({
  test,
  factory: () => {
    const folder = mkdtempSync(join(parent, "fleet-"));
    return { registry: new FooRegistry(folder), other: new FooRegistry(folder) };
  },
});

// What every plugin must do.
testPlugin({
  test,
  plugin: () => registryFoo({ folder: join(parent, "plugin") }),
  config: { use: { registry: "foo" } },
});

test("a kernel finds the service of another one", async () => {
  const config = { plugins: [registryFoo({ folder: join(parent, "two-kernels") })], use: { registry: "foo" } };
  await using server = await startKernel(config);
  await using client = await startKernel(config);

  await server.serve(defineService({ name: "greeter", handlers: { Say: { Hello: () => ({ msg: "hello" }) } } }));

  const registry = client.get("registry");
  await eventually(5000, "the service is found", async () => (await registry.getService("greeter")).length === 1);
});

test("files that are no records are passed over", async () => {
  const folder = mkdtempSync(join(parent, "strange-"));
  for (const [index, text] of ["", "{", "null", '{"nodes":[{}]}'].entries()) {
    writeFileSync(join(folder, `${String(index).repeat(64)}.json`), text);
  }
  const registry = new FooRegistry(folder);

  assert.equal(await registry.listServices(), []);

  await registry.close();
});

test("a folder that cannot be made is a 503 that names it and the flag", async () => {
  const file = join(parent, "file");
  writeFileSync(file, "");
  const registry = new FooRegistry(file);

  const error = await Promise.resolve(registry.getService("greeter")).catch((reason: unknown) => reason);

  assert.ok(MicroError.is(error) && error.reason === "registry_unavailable");
  assert.match(String(error), file);
  assert.match(String(error), "--registry_foo_folder");
  await registry.close();
});

test.run();

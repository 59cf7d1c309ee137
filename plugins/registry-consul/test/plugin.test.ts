import assert from "node:assert/strict";
import { startKernel } from "@micro/kernel";
import { testPlugin } from "@micro/kernel/testing";
import { registryConsul } from "@micro/registry-consul";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import { resolveOptions } from "../src/options.ts";

const test = suite("the plugin");
const use = { registry: "consul" };

testPlugin({ test, plugin: () => registryConsul({ address: "127.0.0.1:1" }), config: { use } });

test("--registry_address goes before the option, and a wrong one is told with what it takes", async () => {
  const plugins = [registryConsul({ address: "127.0.0.1:1" })];
  const flags = { registry_address: "127.0.0.1:99999" };

  await assert.rejects(startKernel({ plugins, use }, { flags }), /127\.0\.0\.1:99999.*host:port/);
});

test("times and token come from flags and variables", async () => {
  const kernel = await startKernel(
    { plugins: [standard(), registryConsul({ registerTtlMs: 30_000 })], use },
    { flags: { register_interval: "5s" }, env: { MICRO_CONSUL_TOKEN: "secret" } },
  );
  try {
    const values = ["register_ttl", "register_interval", "consul_token"].map((name) => kernel.settings.get(name));
    assert.deepEqual(values, [30_000, 5000, "secret"]);
  } finally {
    await kernel.stop();
  }
});

test("a beat that is not faster than its TTL stops the start", async () => {
  const flags = { register_ttl: "10s" };

  await assert.rejects(startKernel({ plugins: [registryConsul()], use }, { flags }), /registerIntervalMs 20000/);
});

test("addresses are host and port, with a scheme or without, several with commas between", () => {
  const given = "consul, http://[::1]:8501 ,https://b.example,10.0.0.1:1";

  assert.deepEqual(resolveOptions({ address: given }).agents, [
    { isSecure: false, host: "consul", port: 8500 },
    { isSecure: false, host: "::1", port: 8501 },
    { isSecure: true, host: "b.example", port: 8501 },
    { isSecure: false, host: "10.0.0.1", port: 1 },
  ]);
  for (const bad of [
    "",
    " , ",
    "ftp://a",
    "a:0",
    "a:65536",
    "a:b",
    "http://u:p@a",
    "a/b",
    "http://a?b",
    "::1",
    "a b",
  ]) {
    assert.throws(() => resolveOptions({ address: bad }), TypeError, bad);
  }
});

test("an option that cannot be is told with its name and what it takes", () => {
  for (const [options, message] of [
    [{ deregisterAfterMs: 59_999 }, /deregisterAfterMs 59999 is not a number from 60000/],
    [{ waitMs: 600_001 }, /waitMs/],
    [{ registerTtlMs: -1 }, /registerTtlMs/],
    [{ registerIntervalMs: Number.NaN }, /registerIntervalMs/],
    [{ minHoldMs: -1 }, /minHoldMs/],
    [{ limits: { answerBytes: 0 } }, /limits\.answerBytes/],
    [{ tls: { cert: "a" } }, /both cert and key/],
  ] as const) {
    assert.throws(() => resolveOptions(options), message);
  }
});

test.run();

import assert from "node:assert/strict";
import { type MdnsOptions, MdnsRegistry } from "@micro/registry-mdns";
import { suite } from "uvu";

const test = suite("options");

const wrong: readonly (readonly [MdnsOptions, RegExp])[] = [
  [{ domains: [] }, /an empty list of domains/],
  [{ domains: ["local", ""] }, /domain ""/],
  [{ domains: ["a..b"] }, /domain "a\.\.b"/],
  [{ domains: ["local", ".local."] }, /domain "local" is not one that no other in the list ends with/],
  [{ domains: ["office.local", "local"] }, /domain "local" is not one that no other in the list ends with/],
  [{ ip: "10.0.0.1" }, /ip "10\.0\.0\.1" is not an IPv4 multicast address/],
  [{ ip: "ff02::fb" }, /ip "ff02::fb"/],
  [{ port: 0 }, /port 0/],
  [{ port: 70_000 }, /port 70000/],
  [{ interface: "127.0.0.1:8500" }, /interface "127\.0\.0\.1:8500"/],
  [{ interface: ["127.0.0.1", ""] }, /interface ""/],
  [{ lookupTimeoutMs: -1 }, /lookupTimeoutMs -1/],
  [{ ttlSeconds: 121 }, /ttlSeconds 121/],
  [{ ttlSeconds: 0 }, /ttlSeconds 0/],
  [{ limits: { records: 0 } }, /limits\.records 0/],
];

for (const [options, message] of wrong) {
  test(`${JSON.stringify(options)} is refused with the name of the option`, () => {
    assert.throws(() => new MdnsRegistry(options), { name: "TypeError", message });
  });
}

test.run();

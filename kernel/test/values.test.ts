import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatLine } from "../src/contracts/log.ts";
import { advertisedAddress, splitAddress } from "../src/server/record.ts";

const test = suite("values");

test("addresses are split into host and port", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["127.0.0.1:80", "127.0.0.1", "80"],
    [":80", "", "80"],
    ["host", "host", ""],
    ["[::1]:80", "::1", "80"],
    ["host:8000-8010", "host", "8000-8010"],
  ];
  for (const [address, host, port] of cases) assert.equal(splitAddress(address), { host, port });
  for (const address of ["a:b:c", "host:port", "[::1", "::1"]) assert.throws(() => splitAddress(address), /host:port/);
});

test("what is advertised is what others can dial", () => {
  assert.is(advertisedAddress("127.0.0.1:80", ""), "127.0.0.1:80");
  assert.is(advertisedAddress("[::1]:80", ""), "[::1]:80");
  assert.is(advertisedAddress("0.0.0.0:80", "example.org"), "example.org:80");
  assert.is(advertisedAddress("0.0.0.0:80", "example.org:81"), "example.org:81");
  assert.match(advertisedAddress("0.0.0.0:80", ""), /^\d+\.\d+\.\d+\.\d+:80$/);
  assert.not.match(advertisedAddress("[::]:80", ""), "0.0.0.0");
});

test("a log line cannot be forged by what it tells", () => {
  const line = formatLine("failed\nfatal all is lost", { error: new Error("a\u001b[31m\r\nb"), name: "x y" });
  assert.not.match(line, /[\p{Cc}\u2028]/u);
  assert.match(line, 'name="x y"');
});

test.run();

import type { Transport } from "@micro/kernel";
import { defaultHttpLimits, HttpTransport, transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("the plugin");

test("it provides the transport http and opens nothing by itself", async () => {
  const plugin = transportHttp();
  const provided: [string, string, () => Transport][] = [];
  const provide = (kind: string, name: string, factory: () => Transport) => void provided.push([kind, name, factory]);

  await plugin.setup?.({ provide } as never);

  const [kind, name, factory] = provided[0] ?? [];
  assert.equal([plugin.name, kind, name], ["transport-http", "transport", "http"]);
  const transport = factory?.();
  assert.instance(transport, HttpTransport);
  assert.equal([transport?.name, transport?.multiplexed], ["http", false]);
});

test("a limit that is unknown or not above 0 is refused by name", () => {
  assert.throws(
    () => new HttpTransport({ limits: { maxBody: 1 } as object }),
    /no limit "maxBody"; it has maxBodyBytes/,
  );
  assert.throws(() => new HttpTransport({ limits: { constructor: 1 } as object }), /no limit "constructor"/);
  for (const wrong of [0, -1, Number.NaN, "1" as never]) {
    assert.throws(() => new HttpTransport({ limits: { maxHeaders: wrong } }), /"maxHeaders" .* above 0/);
  }
  assert.ok(new HttpTransport({ limits: { idleTimeoutMs: Number.POSITIVE_INFINITY } }));
});

test("the defaults cannot be changed", () => {
  assert.ok(Object.isFrozen(defaultHttpLimits));
  assert.is(defaultHttpLimits.maxBodyBytes, 4_194_304);
});

test.run();

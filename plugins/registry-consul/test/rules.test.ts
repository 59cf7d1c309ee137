import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { eventually } from "@micro/kernel/testing";
import type { ConsulOptions, ConsulRegistry } from "@micro/registry-consul";
import { suite } from "uvu";
import { entryOf, type FakeConsul, type Rule, send, withFake } from "./support/fake-consul.ts";
import { createLog, findIds, limitMs, sleep, withRegistry } from "./support/records.ts";

const test = suite("a Consul that breaks its rules");
const path = "/v1/health/service/svc";

test("an index that goes backwards is forgotten, and the next change is seen", async () => {
  await withKnown({}, async (fake, registry) => {
    fake.index = 5;
    fake.rule = (asked, response) => {
      // Consul holds a question with an index that it has yet to reach.
      if (asked.path !== path || Number(asked.query.get("index") ?? 0) <= fake.index) return false;
      send(response, [entryOf("svc", "a")], fake.index);
      return true;
    };
    fake.release();
    await eventually(limitMs, "it began anew, and asks on from there", () =>
      fake.askedFor(path).some(({ query }) => query.get("index") === "5"),
    );

    fake.set("svc", [entryOf("svc", "a"), entryOf("svc", "b")]);

    await eventually(limitMs, "the change is seen", async () => (await findIds(registry, "svc")).length === 2);
  });
});

test("an index of 0, or none, or no number, is taken for 1, and content is looked at all the same", async () => {
  for (const index of ["0", "-7", "abc", "1e400", ""]) {
    await withFake(async (fake) => {
      let ids = ["a"];
      fake.rule = (asked, response) => {
        if (asked.path !== path) return false;
        send(
          response,
          ids.map((id) => entryOf("svc", id)),
          index,
        );
        return true;
      };
      await withRegistry({ address: fake.address }, async (registry) => {
        assert.deepEqual(await findIds(registry, "svc"), ["a"], index);
        ids = ["a", "b"];

        await eventually(limitMs, "the change is seen", async () => (await findIds(registry, "svc")).length === 2);
        assert.ok(
          fake
            .askedFor(path)
            .slice(2)
            .every(({ query }) => query.get("index") === "1"),
          "held questions carry an index of 1",
        );
      });
    });
  }
});

test("who is answered at once with the same index asks twice a second and no more; a naive reader asks without end", async () => {
  await withKnown({}, async (fake) => {
    const naive = { count: 0 };
    fake.rule = (asked, response) => {
      if (asked.path !== path) return false;
      send(response, [entryOf("svc", "a")], fake.index);
      return true;
    };
    fake.release();
    const before = fake.askedFor(path).length;
    const end = performance.now() + 2200;

    await sleep(2200);

    assert.ok(fake.askedFor(path).length - before <= 6, `asked ${fake.askedFor(path).length - before} times`);
    // In far less than that time, where the machine has nothing else to do.
    for (const stop = performance.now() + 2200; performance.now() < stop && naive.count <= 6; naive.count++) {
      await (await fetch(`http://${fake.address}${path}?index=${fake.index}&wait=55s`)).arrayBuffer();
    }
    assert.ok(naive.count > 6 && performance.now() > end);
  });
});

const broken: readonly (readonly [string, Rule])[] = [
  ["429", (_asked, response) => fail(response, 429, "Your IP is issuing too many concurrent connections")],
  ["500", (_asked, response) => fail(response, 500, "rpc error")],
  ["a web page", (_asked, response) => fail(response, 200, "<html>welcome</html>")],
  ["JSON that is cut", (_asked, response) => fail(response, 200, '[{"Node":')],
  ["JSON of another kind", (_asked, response) => fail(response, 200, '{"a":1}')],
  [
    "a connection that ends in the middle",
    (_asked, response) => {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write("[");
      setTimeout(() => response.destroy(), 5);
      return true;
    },
  ],
  [
    "gzip that nobody asked for",
    (_asked, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      response.end(gzipSync(Buffer.alloc(16 * 1024 * 1024)));
      return true;
    },
  ],
  [
    "an answer without end",
    (_asked, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, " ")));
      };
      response.on("drain", write);
      write();
      return true;
    },
  ],
];

for (const [what, rule] of broken) {
  test(`${what}: what is known is kept, what is not is a 503, and nobody is hammered`, async () => {
    const limits = { answerBytes: 1024 * 1024 };
    await withKnown({ limits }, async (fake, registry) => {
      fake.rule = (asked, response, request) => isQuestion(asked.path) && rule(asked, response, request);
      fake.index++;
      fake.release();
      const before = fake.asked.length;

      await assert.rejects(async () => registry.getService("other"), { code: 503, reason: "registry_unavailable" });
      await sleep(1500);

      assert.deepEqual(await findIds(registry, "svc"), ["a"]);
      assert.ok(fake.asked.length - before <= 24, `asked ${fake.asked.length - before} times`);
      assert.ok(registry.stats.failures > 0);
      fake.rule = () => false;
      fake.set("svc", [entryOf("svc", "b")]);
      await eventually(limitMs, "all is well again", async () => (await findIds(registry, "svc")).includes("b"));
    });
  });
}

test("a question that is never answered ends after its own time and is asked anew", async () => {
  await withFake(async (fake) => {
    fake.set("svc", [entryOf("svc", "a")]);
    fake.rule = (asked) => asked.path === "/v1/health/service/hangs";
    await withRegistry({ address: fake.address, lookupTimeoutMs: 100 }, async (registry) => {
      await assert.rejects(async () => registry.getService("hangs"), { code: 503, message: /within 100 ms/ });

      await eventually(limitMs, "Consul is found there again", () => registry.stats.connected);
      assert.deepEqual(await findIds(registry, "svc"), ["a"]);
    });
  });
});

test("hostile nodes are passed over with one warning, and the others are served", async () => {
  await withFake(async (fake) => {
    const { log, lines } = createLog();
    const bad = [
      null,
      7,
      {},
      { Service: null },
      entryOf("svc", "", {}),
      entryOf("svc", "x", { Port: "80" }),
      entryOf("svc", "x", { Port: 65_536 }),
      entryOf("svc", "x", { Port: null }),
      entryOf("svc", "x", { Address: {} }),
      entryOf("svc", "x", { ID: 7 }),
      entryOf("svc", "x", { Tags: "v=1" }),
      entryOf("svc", "x", { Tags: ["t", "e", "v"] }),
      entryOf("svc", "x", { Tags: ["v-zz"] }),
      entryOf("svc", "x", { Tags: ["v=1", `t=${"x".repeat(1024 * 1024)}`] }),
      entryOf("another", "x"),
    ] as object[];
    fake.set("svc", [...bad, entryOf("svc", "good", { Tags: ["t-zz", "t", "v=1"] })]);
    await withRegistry({ address: fake.address, log }, async (registry) => {
      assert.deepEqual(await findIds(registry, "svc"), ["good"]);

      const { badNode, tagTooBig, badTag, foreign } = registry.stats;
      assert.deepEqual({ badNode, tagTooBig, badTag, foreign }, { badNode: 7, tagTooBig: 1, badTag: 1, foreign: 2 });
      assert.equal(lines.filter((line) => line.includes("cannot be read")).length, 1);
    });
  });
});

test("a hundred thousand nodes of one service are cut at the limit", async () => {
  await withFake(async (fake) => {
    fake.set(
      "svc",
      Array.from({ length: 100_000 }, (_, index) => entryOf("svc", `n${index}`)),
    );
    await withRegistry({ address: fake.address, lookupTimeoutMs: 20_000 }, async (registry) => {
      assert.equal((await findIds(registry, "svc")).length, 10_000);
      assert.equal(registry.stats.tooManyNodes, 90_000);
    });
  });
});

/** Runs with a registry that knows the node `a` of `svc`, and has a question held for it. */
async function withKnown(
  options: ConsulOptions,
  run: (fake: FakeConsul, registry: ConsulRegistry) => Promise<void>,
): Promise<void> {
  await withFake(async (fake) => {
    fake.set("svc", [entryOf("svc", "a")]);
    await withRegistry({ ...options, address: fake.address }, async (registry) => {
      assert.deepEqual(await findIds(registry, "svc"), ["a"]);
      await eventually(limitMs, "a question is held", () => fake.askedFor(path).some((asked) => !isUnheld(asked)));
      await run(fake, registry);
    });
  });
}

function isUnheld({ query }: { readonly query: URLSearchParams }): boolean {
  return query.get("index") === null;
}

function isQuestion(asked: string): boolean {
  return asked !== "/v1/status/leader";
}

function fail(response: Parameters<Rule>[1], status: number, text: string): boolean {
  response.writeHead(status, { "X-Consul-Index": "7" });
  response.end(text);
  return true;
}

test.run();

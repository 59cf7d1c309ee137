import type { Plugin } from "@micro/kernel";
import { pool } from "@micro/pool";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { retry } from "../src/index.ts";
import { failure, nobody, withCaller } from "./support/caller.ts";
import { type Conduct, RawNode } from "./support/raw-node.ts";

const test = suite("what is tried again");

/** What a node does, whether the call then goes on to the next one, and how often it has run in the end. */
interface Row {
  readonly conduct: Conduct | "is not there";
  /** Of a method that may run once. */
  readonly once: readonly [answered: boolean, runs: number];
  /** Of an idempotent one, with two tries. */
  readonly again: readonly [answered: boolean, runs: number];
}

const rows: readonly Row[] = [
  { conduct: "is not there", once: [true, 1], again: [true, 1] },
  { conduct: "refuses with 503", once: [true, 1], again: [true, 1] },
  { conduct: "refuses with 421", once: [true, 1], again: [true, 1] },
  { conduct: "closes after the head", once: [false, 0], again: [true, 1] },
  { conduct: "runs and closes", once: [false, 1], again: [true, 2] },
  { conduct: "runs and breaks off", once: [false, 1], again: [true, 2] },
  { conduct: "runs and says 503", once: [false, 1], again: [true, 2] },
  { conduct: "runs and says 504", once: [false, 1], again: [true, 2] },
  { conduct: "runs and fails with 503", once: [false, 1], again: [true, 2] },
  { conduct: "runs and hands on a 503", once: [false, 1], again: [false, 1] },
  { conduct: "runs and answers nonsense", once: [false, 1], again: [false, 1] },
  { conduct: "runs and fails with 500", once: [false, 1], again: [false, 1] },
  { conduct: "runs and fails with 404", once: [false, 1], again: [false, 1] },
];

for (const { conduct, once, again } of rows) {
  test(`a node that ${conduct}`, async () => {
    await withNodes([conduct, "answers"], async ([bad, good], ledger) => {
      await withCaller([retry({ retries: 2 })], [bad, good], async ({ call }) => {
        for (const [method, expected] of [
          ["Say.Hello", once],
          ["Say.Again", again],
        ] as const) {
          const isAnswered = await call(method, method).then(
            () => true,
            () => false,
          );
          assert.equal([isAnswered, ledger.get(method) ?? 0], expected, method);
        }
      });
    });
  });
}

test("a caller may say that a call is idempotent, or that it is not", async () => {
  await withNodes(["runs and closes", "answers"], async ([bad, good], ledger) => {
    await withCaller([retry({ retries: 2 })], [bad, good], async ({ call }) => {
      await call("Say.Hello", "may", { idempotent: true });
      await failure(call("Say.Again", "may not", { idempotent: false }));
    });
    assert.equal([ledger.get("may"), ledger.get("may not")], [2, 1]);
  });
});

test("what did not run goes to one node after the other, at most five", async () => {
  const busy: readonly Conduct[] = Array.from({ length: 7 }, () => "refuses with 503");
  await withNodes([...busy, "answers"], async (addresses, ledger, nodes) => {
    await withCaller([retry()], addresses.slice(3), async ({ call }) => {
      await call("Say.Hello", "the fifth answers");
    });
    assert.is(ledger.get("the fifth answers"), 1);
    await withCaller([retry()], addresses, async ({ call }) => {
      assert.is((await failure(call("Say.Hello", "none"))).code, 503);
    });
    assert.equal(
      nodes.map(({ requests }) => requests),
      [1, 1, 1, 2, 2, 1, 1, 1],
    );
  });
});

test("with no other node the call fails with what its node said, and that is asked once", async () => {
  await withNodes(["refuses with 503"], async (addresses, _ledger, [node]) => {
    await withCaller([retry({ retries: 5 })], addresses, async ({ call }) => {
      assert.match((await failure(call("Say.Again", "x"))).detail, "draining");
    });
    assert.is(node?.requests, 1);
  });
  await withCaller([retry()], [nobody], async ({ call }) => {
    assert.is((await failure(call("Say.Hello", "x"))).reason, "dial_failed");
  });
});

test("an idempotent call is repeated on its node when there is no other", async () => {
  let requests = 0;
  const node = await RawNode.listen(() => (requests++ < 2 ? "runs and closes" : "answers"));
  try {
    await withCaller([retry({ retries: 3, busyPause: 0 })], [node.address], async ({ call }) => {
      await call("Say.Again", "x");
    });
    assert.is(node.ledger.get("x"), 3);
  } finally {
    await node.close();
  }
});

test("a body that is too long to be sent twice is sent once", async () => {
  await withNodes(["runs and closes", "answers"], async (addresses, ledger) => {
    await withCaller([retry({ retries: 2 })], addresses, async ({ kernel, call }) => {
      const long = kernel.client.call("greeter", "Say.Again", { id: "long", text: "x".repeat(70_000) });
      assert.is((await failure(long)).reason, "connection_lost");
      await call("Say.Again", "short");
    });
    assert.equal([ledger.get("long"), ledger.get("short")], [1, 2]);
  });
});

test("a node that is gone without a word costs no call, and without the plugin it does", async () => {
  await withNodes(["answers"], async (addresses) => {
    await withCaller([retry()], [nobody, ...addresses], async ({ call }) => {
      assert.equal(await call("Say.Hello", "x"), { msg: "hello" });
    });
    await withCaller([], [nobody, ...addresses], async ({ call }) => {
      assert.is((await failure(call("Say.Hello", "x"))).reason, "dial_failed");
    });
  });
});

test("a stream opens on another node when it cannot on the first", async () => {
  await withNodes(["answers"], async (addresses) => {
    await withCaller([retry()], [nobody, ...addresses], async ({ kernel }) => {
      const stream = kernel.client.stream("greeter", "Say.Hello", { id: "stream" });
      assert.equal(await stream.receive(), { msg: "hello" });
      stream.close();
    });
  });
});

test("when a server closes kept connections at any time, idempotent calls all succeed with the default of one try", async () => {
  assert.is((await callsOverClosingConnections("Say.Again", [retry()])).failed, 0);

  const once = await callsOverClosingConnections("Say.Hello", [retry()]);
  assert.ok(once.failed > 0, "what may run once is not repeated");
  const without = await callsOverClosingConnections("Say.Again", []);
  assert.ok(without.failed > 0, "without the plugin it is not either");
});

test("a call runs at most once, and once when it is answered, in any mix of failures", async () => {
  const { answered, failed, ledger } = await randomRuns("Say.Hello", 1);
  for (const id of answered) assert.is(ledger.get(id), 1, id);
  for (const id of failed) assert.ok((ledger.get(id) ?? 0) <= 1, id);
  assert.ok(answered.length > 0 && failed.length > 0, "both kinds were met");
});

test("the ledger of such a mix sees what runs twice: idempotent calls do", async () => {
  const { answered, ledger } = await randomRuns("Say.Again", 3);
  assert.ok(answered.some((id) => (ledger.get(id) ?? 0) > 1));
});

/** Calls over a few kept connections, which the server resets every third time when the next request comes. */
async function callsOverClosingConnections(method: "Say.Hello" | "Say.Again", plugins: readonly Plugin[]) {
  let turns = 0;
  let failed = 0;
  const node = await RawNode.listen("answers");
  node.onKept = () => (++turns % 3 === 0 ? "closes after the head" : "answers");
  try {
    await withCaller([pool({ size: 4 }), ...plugins], [node.address], async ({ call }) => {
      for (let number = 0; number < 60; number++) await call(method, String(number)).catch(() => failed++);
    });
  } finally {
    await node.close();
  }
  assert.ok(
    [...node.ledger.values()].every((runs) => runs === 1),
    "nothing runs twice",
  );
  return { failed };
}

/** Many calls to three nodes that fail in every way; `MICRO_RETRY_RUNS` says how many. */
async function randomRuns(method: "Say.Hello" | "Say.Again", retries: number) {
  const runs = Number(process.env.MICRO_RETRY_RUNS ?? 300);
  const random = seeded(7);
  const conducts: readonly Conduct[] = [
    "answers",
    "answers",
    "closes on accept",
    ...rows.flatMap(({ conduct }) => (conduct === "is not there" ? [] : [conduct])),
  ];
  const pick = () => conducts[Math.floor(random() * conducts.length)] as Conduct;
  const answered: string[] = [];
  const failed: string[] = [];
  const ledger = new Map<string, number>();
  const nodes = await Promise.all([1, 2, 3].map(() => RawNode.listen(pick, ledger)));
  const plugins = [
    retry({ retries, minPerSecond: 1e6, minConcurrent: 1e6, pause: 0, busyPause: 0 }),
    pool({ size: 4 }),
  ];
  try {
    await withCaller(plugins, [nobody, ...nodes.map(({ address }) => address)], async ({ call }) => {
      let next = 0;
      const worker = async () => {
        while (next < runs) {
          const id = `call ${next++}`;
          await call(method, id).then(
            () => answered.push(id),
            () => failed.push(id),
          );
        }
      };
      await Promise.all(Array.from({ length: 8 }, worker));
    });
  } finally {
    for (const node of nodes) await node.close();
  }
  return { answered, failed, ledger };
}

/** Runs with a node for each conduct; what is not there has an address on which nobody listens. */
async function withNodes<Conducts extends readonly Row["conduct"][]>(
  conducts: readonly [...Conducts],
  run: (
    addresses: { [At in keyof Conducts]: string },
    ledger: Map<string, number>,
    nodes: readonly RawNode[],
  ) => Promise<void>,
): Promise<void> {
  const ledger = new Map<string, number>();
  const nodes: RawNode[] = [];
  const addresses: string[] = [];
  try {
    for (const conduct of conducts) {
      if (conduct !== "is not there") nodes.push(await RawNode.listen(conduct, ledger));
      addresses.push(conduct === "is not there" ? nobody : (nodes.at(-1) as RawNode).address);
    }
    await run(addresses as never, ledger, nodes);
  } finally {
    for (const node of nodes) await node.close();
  }
}

/** The same numbers from 0 to 1 for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test.run();

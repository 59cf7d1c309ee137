import { definePlugin, type Kernel, type Plugin, startKernel } from "@micro/kernel";
import { outlier } from "@micro/outlier";
import { retry } from "@micro/retry";
import { shed } from "@micro/shed";
import { startMoleculer } from "../../peers/moleculer-local.ts";
import { callInTurn } from "../load.ts";
import { type Contestant, interleave, type Pace, type Samples } from "../rounds.ts";
import { atLeast, atMost, compared, type Line, nanosecondsEach, type Table } from "../table.ts";

/** A call inside one kernel, with and without wraps, beside a call inside a Moleculer broker. */
export async function measureKernel(pace: Pace): Promise<Table> {
  const [plain, wrapped3, wrapped10, resilient] = await Promise.all([
    startGreeter(passing(0)),
    startGreeter(passing(3)),
    startGreeter(passing(10)),
    startGreeter([retry(), outlier(), shed()]),
  ]);
  const moleculer = await startMoleculer(handlers);
  const bounded = await startMoleculer(handlers, { requestTimeout: 5000 });
  try {
    const samples = await interleave(
      [
        contestant("plain", () => plain.client.call("greeter", "Say.Hello", john)),
        contestant("wrapped3", () => wrapped3.client.call("greeter", "Say.Hello", john)),
        contestant("wrapped10", () => wrapped10.client.call("greeter", "Say.Hello", john)),
        contestant("resilient", () => resilient.client.call("greeter", "Say.Hello", john)),
        contestant("moleculer", () => moleculer.call("say.Hello", john)),
        contestant("bounded", () => bounded.call("say.Hello", john)),
        contestant("plain at once", () => plain.client.call("greeter", "Say.AtOnce", john)),
        contestant("moleculer at once", () => moleculer.call("say.AtOnce", john)),
        contestant("handler", () => handlers.Hello(john)),
      ],
      pace,
    );
    const title = "kernel: a call inside one kernel, by reference, default timeout, one caller";
    return { title, lines: linesOf(samples), notes };
  } finally {
    await Promise.all([plain, wrapped3, wrapped10, resilient, moleculer, bounded].map((system) => system.stop()));
  }
}

const john = { name: "John" };

/** The same functions for everybody: one that returns its answer at once, and one that is async, as most are. */
const handlers = {
  AtOnce: ({ name }: typeof john): unknown => ({ msg: `Hello ${name}` }),
  Hello: async ({ name }: typeof john): Promise<unknown> => ({ msg: `Hello ${name}` }),
};

async function startGreeter(plugins: readonly Plugin[]): Promise<Kernel> {
  const kernel = await startKernel({ plugins });
  await kernel.serve({ name: "greeter", handlers: { Say: handlers } });
  return kernel;
}

function passing(count: number): readonly Plugin[] {
  return Array.from({ length: count }, (_, at) =>
    definePlugin({
      name: `passing-${at}`,
      setup: ({ hooks }) => hooks.client.tap(`passing-${at}`, (next) => (request) => next(request)),
    }),
  );
}

function contestant(name: string, call: () => Promise<unknown>): Contestant {
  return { name, measure: (ms) => callInTurn(call, ms) };
}

function linesOf(samples: Samples): Line[] {
  const each = (name: string): string => nanosecondsEach(samples.median(name));
  const faster = (what: string, name: string, peer: string): Line =>
    atLeast(what, each(name), each(peer), samples.ratio(name, peer), 2.5);
  // Calls a second are turned round: the ratio of two costs.
  const cost = (name: string, peer: string): number => samples.ratio(peer, name);
  return [
    faster("handler that answers at once: speed | Moleculer", "plain at once", "moleculer at once"),
    faster("async handler: speed | Moleculer", "plain", "moleculer"),
    compared(
      "async handler: speed | Moleculer with a timeout",
      each("plain"),
      each("bounded"),
      samples.ratio("plain", "bounded"),
    ),
    atMost("3 wraps: cost | none", each("wrapped3"), each("plain"), cost("wrapped3", "plain"), 1.2),
    atMost("retry, outlier and shed: cost | none", each("resilient"), each("plain"), cost("resilient", "plain"), 1.2),
    compared("10 wraps: cost | none", each("wrapped10"), each("plain"), cost("wrapped10", "plain")),
    compared(
      "async handler: cost | awaiting it without a kernel",
      each("plain"),
      each("handler"),
      cost("plain", "handler"),
    ),
  ];
}

const notes = [
  "Each figure is the time of one awaited call in a tight loop; all contestants share one process and the same handlers.",
  "A handler that answers at once is how Moleculer's own benchmarks write it. With an async one both systems wait for the same promise, which takes the same time from both and makes the ratio smaller.",
  "retry, outlier and shed are there with their defaults and have nothing to do, as no call fails and none travels.",
  "A wrap is (next) => (request) => next(request) on the client hook.",
  "The kernel's calls have its default timeout of 5 s. Moleculer has none by default; with one it sets a timer per call.",
];

import { definePlugin, type Kernel, type Plugin, startKernel } from "@micro/kernel";
import { startMoleculer } from "../../peers/moleculer-local.ts";
import { callInTurn } from "../load.ts";
import { type Contestant, interleave, type Pace, type Samples } from "../rounds.ts";
import { atLeast, atMost, compared, type Line, nanosecondsEach, type Table } from "../table.ts";

/** A call inside one kernel, with and without wraps, beside a call inside a Moleculer broker. */
export async function measureKernel(pace: Pace): Promise<Table> {
  const kernels = await Promise.all([0, 3, 10].map(startGreeter));
  const moleculer = await startMoleculer(hello);
  const bounded = await startMoleculer(hello, { requestTimeout: 5000 });
  try {
    const [plain, wrapped3, wrapped10] = kernels.map(
      ({ client }) =>
        () =>
          client.call("greeter", "Say.Hello", john),
    );
    const samples = await interleave(
      [
        contestant("plain", plain),
        contestant("wrapped3", wrapped3),
        contestant("wrapped10", wrapped10),
        contestant("moleculer", () => moleculer.call(john)),
        contestant("bounded", () => bounded.call(john)),
        contestant("handler", () => hello(john)),
      ],
      pace,
    );
    return {
      title: "kernel: a call inside one kernel, by reference, default timeout, one caller",
      lines: linesOf(samples),
      notes,
    };
  } finally {
    await Promise.all(kernels.map((kernel) => kernel.stop()));
    await Promise.all([moleculer.stop(), bounded.stop()]);
  }
}

const john = { name: "John" };

async function hello({ name }: { readonly name: string }): Promise<unknown> {
  return { msg: `Hello ${name}` };
}

async function startGreeter(wraps: number): Promise<Kernel> {
  const kernel = await startKernel({ plugins: Array.from({ length: wraps }, (_, at) => passing(`passing-${at}`)) });
  await kernel.serve({ name: "greeter", handlers: { Say: { Hello: (request: typeof john) => hello(request) } } });
  return kernel;
}

function passing(name: string): Plugin {
  return definePlugin({
    name,
    setup: ({ hooks }) => hooks.client.tap(name, (next) => (request) => next(request)),
  });
}

function contestant(name: string, call: (() => Promise<unknown>) | undefined): Contestant {
  return { name, measure: (ms) => callInTurn(call as () => Promise<unknown>, ms) };
}

function linesOf(samples: Samples): Line[] {
  const each = (name: string): string => nanosecondsEach(samples.median(name));
  // Calls a second are turned round: the ratio of two costs.
  const cost = (name: string, peer: string): number => samples.ratio(peer, name);
  return [
    atLeast(
      "calls a second, no wraps | Moleculer",
      each("plain"),
      each("moleculer"),
      samples.ratio("plain", "moleculer"),
      2.5,
    ),
    atMost("cost with 3 wraps | without", each("wrapped3"), each("plain"), cost("wrapped3", "plain"), 1.2),
    compared("cost with 10 wraps | without", each("wrapped10"), each("plain"), cost("wrapped10", "plain")),
    compared("the same | Moleculer with a timeout", each("plain"), each("bounded"), samples.ratio("plain", "bounded")),
    compared(
      "cost without wraps | awaiting the bare handler",
      each("plain"),
      each("handler"),
      cost("plain", "handler"),
    ),
  ];
}

const notes = [
  "Each figure is the time of one awaited call in a tight loop; all contestants share one process and one async handler.",
  "A wrap is (next) => (request) => next(request) on the client hook. Moleculer has no timeout by default; with one it sets a timer per call.",
];

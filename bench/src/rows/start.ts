import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Installed } from "../installed.ts";
import { median, type Pace } from "../rounds.ts";
import { compared, type Line, milliseconds, type Table, withinMoreMs, withinMs } from "../table.ts";

/** How long it takes until a kernel runs, and until `micro --help` is done, each in a fresh process. */
export async function measureStart({ rounds }: Pace): Promise<Table> {
  const installed = await Installed.create();
  try {
    const [ours, moleculer] = await Promise.all([
      writeProgram(installed.folder, "ours.mjs", kernelProgram),
      writeProgram(installed.folder, "moleculer.mjs", moleculerProgram),
    ]);
    const micro = join(installed.folder, "node_modules/@micro/cli/bin/micro.js");
    const times = new Times();
    for (let round = -1; round < Math.max(rounds, leastRounds); round++) {
      const taken = [
        await timesInside(ours),
        await timesInside(moleculer),
        await wallMs([micro, "--help"]),
        await wallMs(["-e", ""]),
      ];
      // The first round fills the caches of the file system.
      if (round >= 0) times.add(taken.flat());
    }
    const complaint = installed.complaint === "" ? [] : [`The build is not clean: ${installed.complaint}`];
    return { title: "start: a fresh process each time", lines: linesOf(times), notes: [...notes, ...complaint] };
  } finally {
    await installed.remove();
  }
}

const run = promisify(execFile);
const leastRounds = 9;

const kernelProgram = `
const begin = performance.now();
const { startKernel } = await import("@micro/kernel");
const { standard } = await import("@micro/standard");
const imported = performance.now();
const kernel = await startKernel({ plugins: [standard()] });
const running = performance.now();
console.log(JSON.stringify([running - begin, running - imported]));
await kernel.stop();
process.exit();
`;

const moleculerProgram = `
const begin = performance.now();
const { default: moleculer } = await import(${JSON.stringify(createRequire(import.meta.url).resolve("moleculer"))});
const imported = performance.now();
const broker = new moleculer.ServiceBroker({ logger: false });
await broker.start();
const running = performance.now();
console.log(JSON.stringify([running - begin, running - imported]));
await broker.stop();
process.exit();
`;

async function writeProgram(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function timesInside(program: string): Promise<number[]> {
  const { stdout } = await run(process.execPath, [program]);
  return JSON.parse(stdout) as number[];
}

async function wallMs(args: readonly string[]): Promise<number> {
  const begin = performance.now();
  await run(process.execPath, args);
  return performance.now() - begin;
}

/** The times of all rounds, by column. */
class Times {
  readonly #rows: (readonly number[])[] = [];

  add(row: readonly number[]): void {
    this.#rows.push(row);
  }

  median(column: number): number {
    return median(this.#rows.map((row) => row[column] ?? Number.NaN));
  }
}

function linesOf(times: Times): Line[] {
  const [whole, started, theirWhole, theirStarted, help, node] = [0, 1, 2, 3, 4, 5].map((at) => times.median(at)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    withinMs("startKernel() with standard() | broker.start()", started, theirStarted, 30),
    compared(
      "import and start | import and start a Moleculer broker",
      milliseconds(whole),
      milliseconds(theirWhole),
      whole / theirWhole,
    ),
    withinMoreMs("micro --help, warm | node -e ''", help, node, 100),
  ];
}

const notes = [
  "Measured on the built packages, copied into a node_modules of their own, in processes that use no loader.",
  "The first two lines are measured inside the process: one from where the imports are done, to which the target applies, one from before the first import. The Moleculer broker has no transporter, and opens no socket.",
  "The third is the whole process as its parent sees it, median of the rounds; a first round, which is not counted, warms the disk cache.",
];

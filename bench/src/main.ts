import { loadAverage, machineLine } from "./machine.ts";
import { parseOptions, type RowName, usage } from "./options.ts";
import type { Pace } from "./rounds.ts";
import { measureCodec } from "./rows/codec.ts";
import { measureConsul } from "./rows/consul.ts";
import { measureHttp } from "./rows/http.ts";
import { measureKernel } from "./rows/kernel.ts";
import { measureMdns } from "./rows/mdns.ts";
import { measureSelection } from "./rows/selection.ts";
import { measureStart } from "./rows/start.ts";
import { printTable, type Table } from "./table.ts";

const rows: Readonly<Record<RowName, (pace: Pace) => Promise<Table>>> = {
  kernel: measureKernel,
  codec: measureCodec,
  http: measureHttp,
  start: measureStart,
  mdns: measureMdns,
  consul: measureConsul,
  selection: measureSelection,
};

const options = parseOptions(process.argv.slice(2));
if (typeof options === "string") {
  console.error(`${options}\n${usage}`);
  process.exitCode = 2;
} else {
  console.log(machineLine());
  for (const name of options.rows) await measure(name, options.pace);
}

async function measure(name: RowName, pace: Pace): Promise<void> {
  try {
    printTable(await rows[name](pace));
    console.log(loadAverage());
  } catch (error) {
    // The other tables are worth having all the same.
    console.error(`\n${name}: not measured`, error);
    process.exitCode = 1;
  }
}

import { type CommandContext, type Kernel, type ServiceDefinition, type Settings, UsageError } from "@micro/kernel";
import { aborted } from "../aborted.ts";
import { loadServices } from "../load-services.ts";
import { printable } from "../printable.ts";

/** `micro run [FILE...]`: serves until it is asked to end, then drains. */
export async function run(context: CommandContext): Promise<number> {
  const { args, config, cwd, root, settings, signal } = context;
  const services = await (args.length > 0 ? loadServices(args, cwd) : loadServices(config.services ?? [], root));
  checkSettings(services, settings);

  const kernel = await context.start();
  await serveAll(kernel, services, context);
  await aborted(signal);
  return 0;
}

/** Settings that hold for one service only are refused when there are several: better none than half of them. */
function checkSettings(services: readonly ServiceDefinition[], settings: Settings): void {
  if (services.length === 0) {
    throw new UsageError('no services: list them in micro.config.ts, services: ["services/*.ts"], or name files');
  }
  if (services.length === 1) return;
  if (settings.get("server_name") !== "") {
    throw new UsageError(`--server_name names one service, and there are ${services.length}`);
  }
  for (const option of ["server_address", "server_advertise"]) {
    const address = String(settings.get(option));
    if (countPorts(address) < services.length) {
      throw new UsageError(
        `--${option}=${address} has no port for each of ${services.length} services; use port 0 or a range: host:8000-8010`,
      );
    }
  }
}

/** How many listeners an address has room for. */
function countPorts(address: string): number {
  const [, first, last = first] = /:(\d+)(?:-(\d+))?$/.exec(address) ?? [];
  return first === undefined || Number(first) === 0 ? Number.POSITIVE_INFINITY : Number(last) - Number(first) + 1;
}

async function serveAll(kernel: Kernel, services: readonly ServiceDefinition[], io: CommandContext): Promise<void> {
  for (const service of services) {
    if (io.signal.aborted) return;
    const { name, address, record } = await kernel.serve(service);
    // What others dial: the bound address may stand for every interface.
    const advertised = record?.nodes[0]?.address ?? address;
    io.stdout(`serving ${printable(name)} ${printable(record?.version ?? "")} at ${advertised}\n`);
  }
}

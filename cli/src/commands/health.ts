import { type CommandContext, type Kernel, type ServiceNode, type ServiceRecord, UsageError } from "@micro/kernel";
import { describeCallError } from "../call-arguments.ts";
import { findService } from "../find-service.ts";
import { printable } from "../printable.ts";

/** `micro health SERVICE`: asks each node at its own address. The status is 1 when one of them is not well. */
export async function run({ args, start, signal, stdout }: CommandContext): Promise<number> {
  const [name] = args;
  if (name === undefined) throw new UsageError("service requested");

  const kernel = await start();
  const records = await findService(kernel, name);
  const versions = await Promise.all(records.map((record) => askVersion(kernel, record, signal)));
  stdout(`${[`service  ${printable(name)}`, ...versions.flatMap(renderVersion)].join("\n")}\n`);
  return versions.every(({ nodes }) => nodes.every(({ status }) => status === "ok")) ? 0 : 1;
}

interface VersionHealth {
  readonly version: string;
  readonly nodes: readonly NodeHealth[];
}

interface NodeHealth {
  readonly node: ServiceNode;
  readonly status: string;
}

async function askVersion(kernel: Kernel, record: ServiceRecord, signal: AbortSignal): Promise<VersionHealth> {
  const nodes = record.nodes.map(async (node) => ({ node, status: await askNode(kernel, record.name, node, signal) }));
  return { version: record.version, nodes: await Promise.all(nodes) };
}

async function askNode({ client }: Kernel, service: string, node: ServiceNode, signal: AbortSignal): Promise<string> {
  try {
    const answer = await client.call<{ status?: unknown }>(
      service,
      "Debug.Health",
      {},
      { address: node.address, signal },
    );
    return String(answer?.status ?? "no status");
  } catch (error) {
    return describeCallError(error);
  }
}

function renderVersion({ version, nodes }: VersionHealth): readonly string[] {
  const rows = nodes.map(({ node, status }) => [node.id, node.address, status].map(printable).join("\t\t"));
  return [`\nversion ${printable(version)}`, "\nnode\t\taddress:port\t\tstatus", ...rows];
}

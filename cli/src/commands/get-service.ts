import {
  type CommandContext,
  type Endpoint,
  type EndpointValue,
  type ServiceRecord,
  splitAddress,
  UsageError,
} from "@micro/kernel";
import { findService } from "../find-service.ts";
import { printable } from "../printable.ts";

/** `micro get service NAME`: what the registry knows of a service, in the layout of go-micro's tool. */
export async function run(context: CommandContext): Promise<number> {
  const [name] = context.args;
  if (name === undefined) throw new UsageError("service requested");

  const records = await findService(await context.start(), name);
  context.stdout(renderService(name, records));
  return 0;
}

/** Each version with its nodes, then the endpoints of the first one; blank lines stand exactly where go-micro has them. */
export function renderService(name: string, records: readonly ServiceRecord[]): string {
  const endpoints = records[0]?.endpoints ?? [];
  const lines = [`service  ${printable(name)}`, ...records.flatMap(renderVersion), ...endpoints.map(renderEndpoint)];
  return `${lines.join("\n")}\n`;
}

function renderVersion({ version, nodes }: ServiceRecord): readonly string[] {
  const rows = nodes.map(({ id, address, metadata }) => {
    return [id, ...hostAndPort(address), renderMetadata(metadata)].map(printable).join("\t");
  });
  return [`\nversion ${printable(version)}`, "\nId\tAddress\tPort\tMetadata", ...rows];
}

/** As go-micro has it: port 0 where the address has none, which on a message bus is no host either. */
function hostAndPort(address: string): readonly [host: string, port: string] {
  try {
    const { host, port } = splitAddress(address);
    return [host, port === "" ? "0" : port];
  } catch {
    return [address, "0"];
  }
}

function renderEndpoint({ name, metadata, request, response }: Endpoint): string {
  const head = `\nEndpoint: ${printable(name)}\nMetadata: ${printable(renderMetadata(metadata))}\n`;
  return `${head}\nRequest: ${renderShape(request)}\n\nResponse: ${renderShape(response)}\n`;
}

function renderMetadata(metadata: Readonly<Record<string, string>>): string {
  return Object.keys(metadata)
    .sort()
    .map((key) => `${key}=${metadata[key]}`)
    .join(",");
}

function renderShape(shape: EndpointValue | null): string {
  const values = shape?.values ?? [];
  return values.length === 0 ? "{}" : `{\n${values.map((value) => renderValue(value, 1)).join("")}}`;
}

function renderValue({ name, type, values }: EndpointValue, depth: number): string {
  const indent = "\t".repeat(depth);
  const line = `${indent}${printable(snakeCase(name))} ${printable(type)}`;
  if (values === null || values.length === 0 || depth > maxDepth) return `${line}\n`;
  return `${line} {\n${values.map((value) => renderValue(value, depth + 1)).join("")}${indent}}\n`;
}

// A record comes from anybody in the network, and nothing bounds how deep its shapes go.
const maxDepth = 32;

function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

import {
  type CallOptions,
  type CommandContext,
  type Kernel,
  type ServiceNode,
  type ServiceRecord,
  UsageError,
} from "@micro/kernel";
import { describeCallError } from "./call-arguments.ts";
import { findService } from "./find-service.ts";
import { printable } from "./printable.ts";

/** What the nodes of one version of a service answered. */
export interface VersionAnswers<Answer> {
  readonly service: string;
  readonly version: string;
  readonly nodes: readonly NodeAnswer<Answer>[];
}

/** A node with its answer, or with the error that came in its place. */
export interface NodeAnswer<Answer> {
  readonly node: ServiceNode;
  readonly answer: Answer | undefined;
  readonly error: string | undefined;
}

/**
 * Calls a method of every node of the service that the command names, each at its own address.
 *
 * @param read makes something of an answer; what it throws counts as the node's error
 *
 * @throws Failure when there is no such service
 */
export async function askNodes<Answer>(
  { args: [name], start, signal }: CommandContext,
  method: string,
  read: (answer: unknown) => Answer,
): Promise<readonly VersionAnswers<Answer>[]> {
  if (name === undefined) throw new UsageError("service requested");

  const kernel = await start();
  const ask = async (node: ServiceNode): Promise<NodeAnswer<Answer>> => {
    const options = { ...encoding(kernel), address: node.address, signal };
    try {
      return { node, answer: read(await kernel.client.call(name, method, {}, options)), error: undefined };
    } catch (error) {
      return { node, answer: undefined, error: describeCallError(error) };
    }
  };
  const askVersion = async ({ version, nodes }: ServiceRecord) => {
    return { service: name, version, nodes: await Promise.all(nodes.map(ask)) };
  };
  return Promise.all((await findService(kernel, name)).map(askVersion));
}

/**
 * A table for each version, in the layout of go-micro's tool.
 *
 * @param header the names of the columns behind the node and its address
 * @param renderColumns those columns of one node
 */
export function renderAnswers<Answer>(
  versions: readonly VersionAnswers<Answer>[],
  header: string,
  renderColumns: (answer: NodeAnswer<Answer>) => string,
): string {
  const lines = versions.flatMap(({ version, nodes }) => {
    const rows = nodes.map((answer) => {
      const { id, address } = answer.node;
      return `${printable(id)}\t\t${printable(address)}\t\t${renderColumns(answer)}`;
    });
    return [`\nversion ${printable(version)}`, `\nnode\t\taddress:port\t\t${header}`, ...rows];
  });
  return `${[`service  ${printable(versions[0]?.service ?? "")}`, ...lines].join("\n")}\n`;
}

// Another content type might need a schema to read the answer with, and every server reads JSON.
function encoding({ hooks }: Kernel): CallOptions {
  return hooks.codec.call("application/json") === undefined ? {} : { contentType: "application/json" };
}

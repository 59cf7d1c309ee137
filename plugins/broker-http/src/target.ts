import { isIPv6 } from "node:net";
import { refusalOf, type ServiceNode, splitAddress } from "@micro/kernel";
import { subscriptionPath } from "./check-head.ts";
import type { Generation } from "./options.ts";

/** A subscriber to post to. */
export interface Target {
  /** `host:port` */
  readonly address: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** With the query that names the subscription. */
  readonly path: string;
  readonly secure: boolean;
  readonly generation: Generation;
}

/** The subscriber behind a node, `undefined` when nothing can be posted to what the registry says of it. */
export function targetOf(node: ServiceNode, generation: Generation): Target | undefined {
  const { id, address } = node;
  try {
    const { host, port } = splitAddress(address);
    if (!isHost(host) || refusalOf(host) !== undefined || !isPort(port)) return undefined;
    const path = `${subscriptionPath}?id=${encodeURIComponent(id)}`;
    return { address, host, port: Number(port), path, secure: node.metadata.secure === "true", generation };
  } catch {
    // It is no address, or the id no text.
    return undefined;
  }
}

function isHost(host: string): boolean {
  return /^[\w.-]+$/.test(host) || isIPv6(host);
}

function isPort(port: string): boolean {
  return /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536;
}

import type { ServiceRecord } from "@micro/kernel";
import type { Generation } from "./options.ts";

/** The version under which those are announced that have no queue. */
export const broadcastVersion = "ff.http.broadcast";

/** What is announced of a subscription. */
export interface Announced {
  readonly topic: string;
  /** The queue group; `undefined` for none. */
  readonly queue: string | undefined;
  /** What publishers dial, `host:port`. */
  readonly address: string;
  /** Whether they dial it by TLS. */
  readonly secure: boolean;
  /** `broker-<uuid>` */
  readonly brokerId: string;
  /** The UUID of the subscription. */
  readonly id: string;
}

/** The service under which a generation finds the subscribers of a topic: its own in 2016, later one for all topics. */
export function serviceOf(generation: Generation, topic: string): string {
  return generation === "2016" ? `topic:${topic}` : "go.micro.http.broker";
}

/**
 * The record of a subscription for one generation. The ids of both end with a dot and the same UUID, by which a
 * publisher that sees both knows them for one: see {@link twinKey}.
 */
export function recordOf(generation: Generation, announced: Announced): ServiceRecord {
  const { topic, queue = broadcastVersion, address, id, brokerId } = announced;
  const secure = String(announced.secure);
  // go-micro 1.18 writes `<topic>-<uuid>`; with a dot no label of a DNS name becomes too long, and nobody reads it.
  const node =
    generation === "2016"
      ? { id: `${brokerId}.${id}`, address, metadata: { secure } }
      : { id: `${topic}.${id}`, address, metadata: { secure, broker: "http", topic } };
  return { name: serviceOf(generation, topic), version: queue, metadata: {}, endpoints: [], nodes: [node] };
}

/** What the nodes of one subscription have in common over the generations, and with no other. */
export function twinKey({ id, address }: { readonly id: string; readonly address: string }): string {
  return `${address} ${id.slice(id.lastIndexOf(".") + 1)}`;
}

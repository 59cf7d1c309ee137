import { isDeepStrictEqual } from "node:util";
import type { RegistryEvent, ServiceNode, ServiceRecord } from "@micro/kernel";

/**
 * What is known of a service after a change. Nothing that was handed out is touched: where something changes there are
 * new arrays, and where nothing does the same array comes back, so that what was derived from it stays valid. An event
 * that comes twice, or takes away what is not known, changes nothing.
 */
export function applyEvent(
  records: readonly ServiceRecord[],
  { action, service }: RegistryEvent,
): readonly ServiceRecord[] {
  return unlessEqual(records, action === "delete" ? without(records, service) : withNodes(records, service));
}

/** The array of before when the new one says the same. */
export function unlessEqual(
  before: readonly ServiceRecord[],
  after: readonly ServiceRecord[],
): readonly ServiceRecord[] {
  return before === after || isDeepStrictEqual(before, after) ? before : after;
}

/** Whether there is no node in any record. */
export function isEmpty(records: readonly ServiceRecord[]): boolean {
  return records.every(({ nodes }) => nodes.length === 0);
}

/** The records without the nodes that a test picks out, and without the records that have none left by that. */
export function withoutNodes(
  records: readonly ServiceRecord[],
  isOut: (node: ServiceNode) => boolean,
): readonly ServiceRecord[] {
  if (!records.some(({ nodes }) => nodes.some(isOut))) return records;
  return Object.freeze(records.flatMap((record) => recordWithout(record, isOut)));
}

// No nodes stand for all of the version.
function without(records: readonly ServiceRecord[], { version, nodes }: ServiceRecord): readonly ServiceRecord[] {
  if (nodes.length === 0) return Object.freeze(records.filter((record) => record.version !== version));
  const isGone = amongst(nodes);
  return Object.freeze(
    records.flatMap((record) => (record.version === version ? recordWithout(record, isGone) : [record])),
  );
}

function withNodes(records: readonly ServiceRecord[], announced: ServiceRecord): readonly ServiceRecord[] {
  if (announced.nodes.length === 0) return records;
  const at = records.findIndex(({ version }) => version === announced.version);
  const isAnnounced = amongst(announced.nodes);
  // A node has one version: where it is announced under another one it left the old.
  const result = records.flatMap((record, index) =>
    index === at ? [merged(record, announced)] : recordWithout(record, isAnnounced),
  );
  return Object.freeze(at < 0 ? [...result, announced] : result);
}

/** What was announced, with the nodes that were there before in their places. */
function merged({ nodes }: ServiceRecord, announced: ServiceRecord): ServiceRecord {
  const newest = new Map(announced.nodes.map((node) => [node.id, node]));
  const all = nodes.map((node) => newest.get(node.id) ?? node);
  const known = amongst(nodes);
  return { ...announced, nodes: Object.freeze([...all, ...announced.nodes.filter((node) => !known(node))]) };
}

function recordWithout(record: ServiceRecord, isOut: (node: ServiceNode) => boolean): readonly ServiceRecord[] {
  if (!record.nodes.some(isOut)) return [record];
  const nodes = Object.freeze(record.nodes.filter((node) => !isOut(node)));
  return nodes.length === 0 ? [] : [{ ...record, nodes }];
}

function amongst(nodes: readonly ServiceNode[]): (node: ServiceNode) => boolean {
  const ids = new Set(nodes.map(({ id }) => id));
  return ({ id }) => ids.has(id);
}

import type { Registry, ServiceNode, ServiceRecord } from "./registry.ts";

/** Picks the node for a try of a call. */
export interface Selector {
  readonly name: string;
  /**
   * Picks a node. Answers at once when what it needs is known.
   *
   * @throws MicroError 404 `service not found` with reason `unknown_service`, 503 `none available` when filters
   *   left no node, 503 when the registry cannot tell
   */
  pick(selection: Selection): ServiceNode | Promise<ServiceNode>;
  /** Frees what it holds. Idempotent. */
  close(): Promise<void>;
}

/** What a node is picked for. */
export interface Selection {
  readonly service: string;
  readonly method: string;
  /** Each takes records and returns those that remain; applied in order. */
  readonly filters: readonly Filter[];
}

/** Narrows the records of a service; must not change them. */
export type Filter = (records: readonly ServiceRecord[]) => readonly ServiceRecord[];

/** Chooses one of the nodes that are left, of which there is at least one. */
export type Strategy = (nodes: readonly ServiceNode[], selection: Selection) => ServiceNode;

/**
 * Makes a selector over a registry.
 *
 * @param strategy chooses among the nodes that are left, for a selector that has no way of its own to do so; others do
 *   without
 */
export type SelectorFactory = (registry: Registry, strategy?: Strategy) => Selector;

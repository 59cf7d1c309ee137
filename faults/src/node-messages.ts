/** The request of every method of the service that the nodes serve. */
export interface WorkInput {
  /** Which call it is; one that arrives twice has the same. */
  readonly id: string;
  /** How long the handler takes, in milliseconds; as long as the node's others when absent. */
  readonly takesMs?: number;
}

/** The request of the method that calls on. */
export interface RelayInput extends WorkInput {
  /** The services to call, one after the other. */
  readonly path: readonly string[];
  /** Whether each calls on as if nobody waited for it. */
  readonly isDetached?: boolean;
  /** Whether the last one answers that it has too much to do. */
  readonly isRefused?: boolean;
}

/** What a node tells the process that started it: a handler began a call, came to its end, or was told to stop. */
export type NodeMessage =
  | { readonly kind: "executed"; readonly id: string }
  | { readonly kind: "finished"; readonly id: string }
  | { readonly kind: "aborted"; readonly id: string };

/** What that process may tell a node: how long its handlers take from now on, to fail, or to do nothing for a while. */
export type NodeOrder =
  | { readonly kind: "slow"; readonly workMs: number }
  | { readonly kind: "break" }
  | { readonly kind: "block"; readonly ms: number };

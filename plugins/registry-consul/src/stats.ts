/** How it stands with Consul, and what was not used of what it said. Numbers only grow, but for the first group. */
export interface ConsulStats {
  /** Whether Consul answers. False before the first question and while it is away: what is handed out may be old. */
  connected: boolean;
  /** Nodes of ours that are announced, or will be as soon as Consul takes them. */
  registered: number;
  /** Those of them that Consul has not taken yet. */
  pending: number;
  /** Services that are kept up to date. */
  services: number;

  /** Questions and orders that were sent. */
  requests: number;
  /** Those that got no answer, or none that is of use. */
  failures: number;
  /** Times that Consul went away. */
  disconnects: number;
  /** Heartbeats that were sent. */
  heartbeats: number;
  /** Nodes that were announced again because Consul did not know them any more. */
  reregistered: number;
  /** Times that Consul came back without what it knew. */
  stateLosses: number;

  /** Nodes that say no version: they are no services of micro. */
  foreign: number;
  /** Nodes whose id, address, port or version cannot be read. */
  badNode: number;
  /** Tags that begin as ours do and cannot be read. */
  badTag: number;
  /** Nodes with a tag that is too long or inflates too far. */
  tagTooBig: number;
  /** Nodes of a service beyond the limit. */
  tooManyNodes: number;
}

/** All zero. */
export function createStats(): ConsulStats {
  return {
    connected: false,
    registered: 0,
    pending: 0,
    services: 0,
    requests: 0,
    failures: 0,
    disconnects: 0,
    heartbeats: 0,
    reregistered: 0,
    stateLosses: 0,
    foreign: 0,
    badNode: 0,
    badTag: 0,
    tagTooBig: 0,
    tooManyNodes: 0,
  };
}

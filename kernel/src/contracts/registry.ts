/** Where a service runs and what it offers: one record per service and version. */
export interface ServiceRecord {
  readonly name: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoints: readonly Endpoint[];
  readonly nodes: readonly ServiceNode[];
}

/** One running instance of a service. */
export interface ServiceNode {
  /** Unique in the fleet: `<service name>-<uuid>`. */
  readonly id: string;
  /** What a client dials, `host:port`. For transports over a message bus it may be a subject without a port. */
  readonly address: string;
  /** `transport`, `broker`, `server`, `registry`, `protocol` and whatever the user adds. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** One method of a service, or one of its subscriptions. */
export interface Endpoint {
  /** `Say.Hello` */
  readonly name: string;
  readonly request: EndpointValue | null;
  readonly response: EndpointValue | null;
  /** `stream`: `"true"` or `"false"`; `idempotent`: `"true"`; `topic` and `subscriber` on subscriptions. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The shape of a request or response, for people and tools; nothing is checked against it. */
export interface EndpointValue {
  readonly name: string;
  readonly type: string;
  readonly values: readonly EndpointValue[] | null;
}

/** A change that a registry saw. `delete` names the nodes that left; with no nodes the whole version left. */
export interface RegistryEvent {
  readonly action: "create" | "update" | "delete";
  readonly service: ServiceRecord;
  /** Of a `delete`: the nodes did not say that they leave, they were not heard of in time. They may be well. */
  readonly isLapsed?: boolean;
}

/**
 * Knows which services run where. It is a hint and never the truth: a node may be gone before the registry hears
 * of it, so callers keep their deadline and take the next node.
 */
export interface Registry {
  /** The name that a node says in its `registry` metadata, `mdns`. */
  readonly name: string;
  /** How long, in milliseconds, a deregistration takes to reach the others; a stopping server serves on so long. */
  readonly settleMs: number;
  /**
   * Announces a record with exactly one node. Again with the same node id: announces what changed.
   *
   * @throws MicroError when the registry does not take it
   */
  register(record: ServiceRecord): Promise<void>;
  /** Takes the record's nodes back. Those that are not registered are no mistake. */
  deregister(record: ServiceRecord): Promise<void>;
  /**
   * The records of a service, one per version; empty when there is none. What is known is answered at once, without
   * a promise, and as the same array until something changes, so that what is derived from it can be kept.
   *
   * @throws MicroError 503 with reason `registry_unavailable` when it cannot tell
   */
  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]>;
  /** The names of all services, sorted. */
  listServices(): Promise<readonly string[]>;
  /** Tells of every change from now on, in order. The listener must not throw. */
  watch(listener: (event: RegistryEvent) => void): RegistryWatch;
  /** Takes back what it announced and frees everything. Idempotent. */
  close(): Promise<void>;
}

/** A running watch. */
export interface RegistryWatch {
  /** Ends it; no event comes after. Idempotent. */
  close(): void;
}

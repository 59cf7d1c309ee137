/** One way to offer and to call a greeting over a network, each end in a process of its own. */
export interface Peer {
  /** Serves until it is closed. What it returns is handed to {@link connect} in the other process. */
  serve(name: string): Promise<Served>;
  connect(address: string, settings: PeerSettings): Promise<Caller>;
}

/** What a client is told besides where the server is. */
export interface PeerSettings {
  /** How many connections to keep; 0 for a connection per call. */
  readonly poolSize: number;
}

/** A running server. */
export interface Served {
  readonly address: string;
  close(): Promise<void>;
}

/** A client that is ready to call. */
export interface Caller {
  /** Resolves to `Hello ` and the name. */
  call(name: string): Promise<string>;
  close(): Promise<void>;
}

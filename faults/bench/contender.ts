import type { Ledger } from "../src/ledger.ts";

/** A system that three nodes and their caller are built with, and what it is set to. */
export interface Contender {
  readonly name: string;
  /** Starts three nodes that work 20 ms a call, and a caller with a timeout of 5 s that knows them. */
  start(): Promise<Field>;
}

/** Three nodes that run, each a process, and a caller in this one. Whoever starts one closes it. */
export interface Field {
  readonly ledger: Ledger;
  /** Makes a call that may run twice. */
  call(id: string): Promise<unknown>;
  /** How many calls a node began. */
  executed(at: number): number;
  signal(at: number, name: NodeJS.Signals): void;
  /** Asks a node to end, and starts another in its place. */
  restart(at: number): Promise<void>;
  /** Lets the handlers of a node take so long. */
  slowDown(at: number, workMs: number): void;
  /** The server that the caller finds its nodes by; `undefined` where there is none. */
  readonly registry: { stop(): Promise<void>; start(): Promise<void> } | undefined;
  close(): Promise<void>;
}

import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:net";
import { eventually } from "@micro/kernel/testing";
import { Ledger } from "../src/ledger.ts";
import type { NodeMessage } from "../src/node-messages.ts";
import type { Field } from "./contender.ts";

/** What a peer is, besides the module that its nodes run. */
export interface PeerSetup {
  /** The URL of the module. */
  readonly module: URL;
  readonly folder: string;
  /** What a node is told, given all ports: those of the nodes, and one more for the caller. */
  settings(at: number, ports: readonly number[]): unknown;
  connect(ports: readonly number[]): Promise<PeerCaller>;
}

/** Calls the nodes of a peer. */
export interface PeerCaller {
  call(id: string): Promise<unknown>;
  close(): Promise<void>;
}

const size = 3;
const startLimitMs = 20_000;

/** Starts the nodes of a peer and a caller that has had an answer. */
export async function startPeer(setup: PeerSetup): Promise<Field> {
  const ledger = new Ledger();
  const ports = await freePorts(size + 1);
  const nodes = Array.from({ length: size }, (_, at) => new PeerNode(setup, setup.settings(at, ports), ledger));
  await Promise.all(nodes.map((node) => node.start()));
  const caller = await setup.connect(ports);
  const answers = (): Promise<boolean> =>
    caller.call("first").then(
      () => true,
      () => false,
    );
  await eventually(startLimitMs, "an answer of the peer", answers);
  // The caller may have heard of one node before it hears of the others.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const node = (at: number): PeerNode => nodes[at] as PeerNode;
  return {
    ledger,
    registry: undefined,
    call: (id) => caller.call(id),
    executed: (at) => node(at).executed,
    signal: (at, name) => node(at).signal(name),
    restart: (at) => node(at).restart(),
    slowDown: (at, workMs) => node(at).slowDown(workMs),
    close: async () => {
      await caller.close();
      await Promise.all(nodes.map((one) => one.kill()));
    },
  };
}

class PeerNode {
  executed = 0;
  readonly #setup: PeerSetup;
  readonly #settings: unknown;
  readonly #ledger: Ledger;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(setup: PeerSetup, settings: unknown, ledger: Ledger) {
    this.#setup = setup;
    this.#settings = settings;
    this.#ledger = ledger;
  }

  async start(): Promise<void> {
    const args = [this.#setup.module.href, this.#setup.folder, JSON.stringify(this.#settings)];
    const child = fork(new URL("./peer-node.ts", import.meta.url), args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error("the node of the peer ended instead of serving")));
      child.on("message", (message: NodeMessage | "serving") => {
        if (message === "serving") resolve();
        else this.#onMessage(message);
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  slowDown(workMs: number): void {
    this.#child?.send({ kind: "slow", workMs });
  }

  async restart(): Promise<void> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), 10_000);
    await this.#ended;
    clearTimeout(timer);
    await this.start();
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  #onMessage(message: NodeMessage): void {
    if (message.kind === "executed") this.executed++;
    this.#ledger.hear(message);
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => resolve((server.address() as { readonly port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

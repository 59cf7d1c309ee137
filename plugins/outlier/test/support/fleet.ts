import {
  type Attempt,
  type AttemptNext,
  createSelector,
  MicroError,
  type SelectNext,
  type ServiceNode,
  type ServiceRecord,
} from "@micro/kernel";
import { type DetectorOptions, OutlierDetector } from "../../src/index.ts";

const defaults: DetectorOptions = {
  failures: 5,
  ejectionMs: 30_000,
  maxEjectionMs: 300_000,
  failureRate: 0.85,
  minRequests: 50,
  windowMs: 10_000,
  silenceMs: 1000,
  maxShare: 0.5,
};

/** What a node does with a call: the error that it ends with, `undefined` for an answer, `"hangs"` for neither. */
export type Conduct = MicroError | undefined | "hangs";

/** A service of some nodes without sockets, under a clock that goes on only when it is told to. */
export class Fleet {
  now = 1000;
  readonly detector: OutlierDetector;
  /** What each node does, by address. */
  readonly conducts = new Map<string, Conduct>();
  /** The addresses that calls went to since it was last emptied. */
  calls: string[] = [];
  readonly #select: SelectNext;
  readonly #attempt: AttemptNext;
  #hanging: { address: string; end: (error?: MicroError) => void }[] = [];
  #records: readonly ServiceRecord[] = [];
  #turn = 0;
  #isSlowToPick = false;

  constructor(count: number, options: Partial<DetectorOptions> = {}, isStream = false) {
    this.detector = new OutlierDetector({ ...defaults, ...options }, () => this.now);
    for (let at = 0; at < count; at++) this.conducts.set(`node-${at}`, undefined);
    this.setNodes([...this.conducts.keys()]);
    const selector = createSelector(
      "turn",
      () => (nodes) => nodes[this.#turn++ % nodes.length] as ServiceNode,
    )({
      getService: () => this.#records,
    });
    this.#select = this.detector.wrapSelect((selection) =>
      this.#isSlowToPick ? Promise.resolve(selector.pick(selection)) : selector.pick(selection),
    );
    const route = { service: "greeter", method: "Say.Hello", stream: isStream };
    this.#attempt = this.detector.wrapAttempt((attempt) => this.#answer(attempt), route);
  }

  setNodes(addresses: readonly string[]): void {
    const nodes = addresses.map((address) => ({ id: address, address, metadata: {} }));
    this.#records = [{ name: "greeter", version: "1", metadata: {}, endpoints: [], nodes }];
  }

  /** Makes calls one after the other, so far apart, to one node after the other of those that are in. */
  async run(count: number, apartMs = 10): Promise<void> {
    for (let at = 0; at < count; at++) {
      await this.call();
      this.now += apartMs;
    }
  }

  /** Makes calls at once whose picks wait for the registry. */
  async runAtOnce(count: number): Promise<void> {
    this.#isSlowToPick = true;
    void Array.from({ length: count }, () => this.call());
    await new Promise((resolve) => setImmediate(resolve));
    this.#isSlowToPick = false;
  }

  /** Makes one call, and waits for its end unless its node hangs. */
  async call(): Promise<void> {
    const node = (await this.#select({ service: "greeter", method: "Say.Hello", filters: [] })) as ServiceNode;
    this.calls.push(node.address);
    const attempt = { request: { options: {} }, node, sent: undefined } as unknown as Attempt;
    const result = this.#attempt(attempt).catch(() => {});
    if (this.conducts.get(node.address) !== "hangs") await result;
  }

  /** Ends what hangs at a node: with an answer or an error. */
  async wake(address: string, error?: MicroError): Promise<void> {
    const woken = this.#hanging.filter((call) => call.address === address);
    this.#hanging = this.#hanging.filter((call) => call.address !== address);
    for (const { end } of woken) end(error);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Which share of the calls since the last question went to a node. */
  share(address: string): number {
    const share = this.calls.filter((called) => called === address).length / this.calls.length;
    this.calls = [];
    return share;
  }

  #answer({ node: { address } }: Attempt): Promise<unknown> {
    const conduct = this.conducts.get(address);
    if (conduct === undefined) return Promise.resolve({});
    if (conduct !== "hangs") return Promise.reject(conduct);
    return new Promise((resolve, reject) => {
      this.#hanging.push({ address, end: (error) => (error === undefined ? resolve({}) : reject(error)) });
    });
  }
}

/** The 500 of a handler of the service itself. */
export const broken = new MicroError("greeter", 500, "no");
export const refused = new MicroError("go.micro.client", 500, "nobody there", {
  reason: "dial_failed",
  notProcessed: true,
});
export const late = new MicroError("go.micro.client", 408, "too late", { reason: "deadline_exceeded" });

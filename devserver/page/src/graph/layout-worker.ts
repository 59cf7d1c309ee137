import { type Placed, type PlaceInput, placeNodes } from "./place-nodes.ts";

/** Whether this is the thread that places, and not the page: both run the same file, because the page is one file. */
export const isLayoutWorker = typeof document === "undefined";

// Up to here it takes less than what starts a worker.
const maxLinksHere = 40;

interface Asked {
  readonly number: number;
  readonly input: PlaceInput;
}
interface Answered {
  readonly number: number;
  readonly placed: Placed;
}

/** Places what the page sends. */
export function serveLayouts(): void {
  addEventListener("message", ({ data }: MessageEvent<Asked>) => {
    postMessage({ number: data.number, placed: placeNodes(data.input) } satisfies Answered);
  });
}

/** Places nodes, large graphs in a thread of its own: the page goes on meanwhile. */
export class Layouter {
  private worker: Worker | undefined;
  private hasNoWorker = false;
  private readonly waiting = new Map<number, { input: PlaceInput; resolve: (placed: Placed) => void }>();
  private last = 0;

  place(input: PlaceInput): Promise<Placed> {
    const worker = input.links.length <= maxLinksHere ? undefined : this.start();
    if (worker === undefined) return Promise.resolve(placeNodes(input));
    const number = ++this.last;
    worker.postMessage({ number, input } satisfies Asked);
    return new Promise((resolve) => this.waiting.set(number, { input, resolve }));
  }

  private start(): Worker | undefined {
    if (this.worker !== undefined || this.hasNoWorker) return this.worker;
    try {
      const worker = new Worker(ownAddress() as string, { type: "module", name: "layout" });
      worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => this.take(data));
      worker.addEventListener("error", () => this.giveUp());
      this.worker = worker;
    } catch {
      this.hasNoWorker = true;
    }
    return this.worker;
  }

  private take({ number, placed }: Answered): void {
    this.waiting.get(number)?.resolve(placed);
    this.waiting.delete(number);
  }

  // Better a page that stands still for a moment than one without a graph.
  private giveUp(): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.hasNoWorker = true;
    for (const { input, resolve } of this.waiting.values()) resolve(placeNodes(input));
    this.waiting.clear();
  }
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(text: string): string },
  ): { createScriptURL(text: string): unknown };
}

// The page's policy lets no text become the address of a script, except by one that says which: this very file.
function ownAddress(): unknown {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const own = import.meta.url;
  return trustedTypes?.createPolicy("layout-worker", { createScriptURL: () => own }).createScriptURL("") ?? own;
}

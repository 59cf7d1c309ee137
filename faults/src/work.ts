// The service of the nodes: it says which calls it runs, and its handlers take as long as they are told.

import { type Client, defineService, MicroError, method, type ServiceDefinition } from "@micro/kernel";
import type { NodeMessage, NodeOrder, RelayInput, WorkInput } from "./node-messages.ts";

const { WORK_MS = "20" } = process.env;
let workMs = Number(WORK_MS);
let isBroken = false;
let detached: Client;

process.on("message", (order: NodeOrder) => {
  if (order.kind === "slow") workMs = order.workMs;
  else if (order.kind === "break") isBroken = true;
  else block(order.ms);
});
// Whoever started us is gone, however that came about.
process.on("disconnect", () => process.exit());

const work: ServiceDefinition = defineService({
  name: "go.micro.srv.work",
  start({ client }) {
    detached = client;
  },
  handlers: {
    Work: {
      /** May run twice. */
      Read: method({ idempotent: true }, ({ id, takesMs }: WorkInput, { signal }) => run(id, takesMs, signal)),
      /** May not. */
      Write: ({ id, takesMs }: WorkInput, { signal }) => run(id, takesMs, signal),
      /** Fails on a node that was ordered to be broken. */
      Brittle: method({ idempotent: true }, ({ id, takesMs }: WorkInput, { signal }) => {
        if (!isBroken) return run(id, takesMs, signal);
        tell({ kind: "executed", id });
        throw new Error("it always fails");
      }),
      /** Calls the next service of the path in its turn; the last one works, or is overloaded. */
      Relay: method(
        { idempotent: true },
        async ({ id, path, takesMs, isDetached, isRefused }: RelayInput, { client, signal, deadline }) => {
          const [next, ...rest] = path;
          const leftMs = deadline - performance.now();
          if (next === undefined) {
            if (isRefused === true) refuse(id);
            return [{ ...(await run(id, takesMs, signal)), leftMs }];
          }
          tell({ kind: "executed", id });
          signal.addEventListener("abort", () => tell({ kind: "aborted", id }));
          const on = isDetached === true ? detached : client;
          const input = { id, path: rest, takesMs, isDetached, isRefused };
          // Once, as a try that is given up would end the work, too.
          const options = isDetached === true ? { idempotent: false } : {};
          const below = await on.call<readonly unknown[]>(next, "Work.Relay", input, options);
          return [{ id, pid: process.pid, leftMs }, ...below];
        },
      ),
      /** One number after the other, ten milliseconds apart. */
      async *Count({ id, to }: { readonly id: string; readonly to: number }) {
        tell({ kind: "executed", id });
        for (let n = 1; n <= to; n++) {
          await pause(10);
          yield { n };
        }
      },
    },
  },
});

export default work;

async function run(id: string, takesMs: number | undefined, signal: AbortSignal): Promise<{ id: string; pid: number }> {
  tell({ kind: "executed", id });
  signal.addEventListener("abort", () => tell({ kind: "aborted", id }));
  await pause(takesMs ?? workMs);
  signal.throwIfAborted();
  tell({ kind: "finished", id });
  return { id, pid: process.pid };
}

function refuse(id: string): never {
  tell({ kind: "executed", id });
  throw new MicroError("go.micro.srv.work", 503, "it always has too much to do");
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function tell(message: NodeMessage): void {
  process.send?.(message);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

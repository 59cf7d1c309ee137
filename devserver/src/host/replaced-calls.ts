import { definePlugin, type Kernel, MemoryTransport, MicroError, type Plugin, type ReplacedCode } from "@micro/kernel";
import type { ReplacedCall } from "../dev-host.ts";

const prefix = "replaced:";

/** The way of calls to code that was replaced: nobody finds it, as all others are to reach the new code. */
export class ReplacedCalls {
  private readonly transport = new MemoryTransport();

  /** What a kernel needs so that its client can call there. */
  plugin(): Plugin {
    return definePlugin({
      name: "replaced-calls",
      setup: ({ hooks }) => {
        // Before the pool, which would keep connections to what is about to go.
        hooks.dial.tap({ name: "replaced-calls", stage: -1_000_000 }, (next) => (target) => {
          return target.address.startsWith(prefix) ? this.transport.dial(target.address, target) : next(target);
        });
      },
    });
  }

  /** @throws MicroError 409 when the code has finished its calls, and whatever the method throws */
  async call(kernel: Kernel, code: ReplacedCode | undefined, replaced: ReplacedCall): Promise<unknown> {
    const { service, method, input, signal } = replaced;
    if (code === undefined) throw new MicroError(service, 409, "that version has drained");
    const listener = await this.transport.listen({ address: ":0" }, (exchange) => code.accept(exchange));
    const address = `${prefix}${listener.address.slice(listener.address.lastIndexOf(":") + 1)}`;
    try {
      return await kernel.client.call(service, method, input, { address, signal });
    } finally {
      listener.destroy();
    }
  }
}

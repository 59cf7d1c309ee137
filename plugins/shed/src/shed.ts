import { definePlugin, type Plugin } from "@micro/kernel";
import { type ShedOptions, settingsOf } from "./options.ts";
import { Shedder } from "./shedder.ts";

/**
 * Refuses calls beyond what a server can do, before their values are read and their handlers run, and says that nothing
 * ran, so that the caller may take another node. Each service has a number of calls that run and of calls that wait; all
 * of them stop taking calls while the process has no time or no memory left. `Debug` methods are always answered.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), shed({ maxInFlight: 200 })] });
 */
export function shed(options: ShedOptions = {}): Plugin {
  return definePlugin({
    name: "shed",
    flags: {
      server_max_in_flight: {
        type: "number",
        default: 1024,
        max: 1_000_000,
        description: "calls that a service runs at once, and as many streams; 0 for no limit",
      },
      server_max_queue: {
        type: "number",
        default: 1024,
        max: 1_000_000,
        description: "calls that wait for one of those to end",
      },
      server_max_loop_delay: {
        type: "duration",
        default: "250ms",
        description: "delay of the event loop from which on calls are refused; 0 for none",
      },
      server_max_heap: {
        type: "number",
        default: 0.95,
        max: 1,
        description: "share of the heap's limit in use from which on calls are refused; 0 for none",
      },
    },
    settings: settingsOf(options),
    setup({ hooks, flags, log, defer }) {
      const shedder = new Shedder(
        {
          maxInFlight: flags.server_max_in_flight === 0 ? Number.POSITIVE_INFINITY : flags.server_max_in_flight,
          maxQueue: flags.server_max_queue,
          maxLoopDelayMs: flags.server_max_loop_delay,
          maxHeap: flags.server_max_heap,
        },
        log,
      );
      defer(() => shedder.close());
      hooks.admit.tap("shed", (next, route) => shedder.wrap(next, route));
    },
  });
}

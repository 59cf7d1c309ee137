import { type Duration, definePlugin, type Plugin } from "@micro/kernel";
import { countsOf } from "./call-counts.ts";

/** What {@link fooPlugin} can be told. The environment and the command line go before it. */
export interface FooOptions {
  /** A call that takes longer is a line in the log, `--foo_slow`. Default `"1s"`; 0 for never. */
  readonly slow?: Duration;
}

/**
 * Counts the calls that the client of a kernel makes, and how many of them failed. `micro foo try` shows it at work.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), fooPlugin({ slow: "500ms" })] });
 */
export function fooPlugin({ slow }: FooOptions = {}): Plugin {
  return definePlugin({
    name: "foo",
    flags: {
      foo_slow: {
        type: "duration",
        default: "1s",
        min: "0s",
        description: "a call that takes longer is a line in the log; 0 for never",
      },
    },
    settings: slow === undefined ? {} : { foo_slow: slow },
    commands: {
      "foo try": {
        description: "call a method a few times and print what was counted",
        args: "SERVICE METHOD [JSON]",
        flags: { foo_times: { type: "number", default: 3, min: 1, max: 1000, description: "how many times" } },
        load: () => import("./try-command.ts"),
      },
    },
    setup({ kernel, hooks, flags, log }) {
      const counts = countsOf(kernel);
      const slowMs = flags.foo_slow || Number.POSITIVE_INFINITY;

      // Runs once for each service and method; what it returns runs for each call.
      hooks.client.tap("foo", (next, { service, method }) => {
        const name = `${service} ${method}`;
        return async (request) => {
          const start = performance.now();
          try {
            const answer = await next(request);
            counts.add(name, true);
            return answer;
          } catch (error) {
            counts.add(name, false);
            throw error;
          } finally {
            const ms = performance.now() - start;
            if (ms > slowMs) log.warn("a call was slow", { call: name, ms: Math.round(ms) });
          }
        };
      });
    },
  });
}

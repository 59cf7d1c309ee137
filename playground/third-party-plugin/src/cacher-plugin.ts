import { type ClientNext, type Duration, definePlugin, type Plugin } from "@micro/kernel";
import type { Cacher } from "./cacher.ts";
import { MemoryCacher } from "./memory-cacher.ts";

/** What {@link cacher} can be told. The environment and the command line go before it. */
export interface CacherOptions {
  /** The methods whose answers are kept, `go.micro.srv.greeter.Say.Hello`; `--cacher_methods`. Default none. */
  readonly methods?: readonly string[];
  /** How long, `--cacher_ttl`. Default `"1m"`. */
  readonly ttl?: Duration;
}

/** Keeps the answers of some methods, wherever the chosen cacher keeps texts. */
export function cacher({ methods, ttl }: CacherOptions = {}): Plugin {
  return definePlugin({
    name: "cacher",
    // A kind of our own: it brings `--cacher`, `--cacher_address` and `use: { cacher }`.
    capabilities: { cacher: { description: "where answers are kept" } },
    flags: {
      cacher_methods: { type: "list", description: "methods whose answers are kept, SERVICE.METHOD" },
      cacher_ttl: { type: "duration", default: "1m", min: "1ms", description: "how long answers are kept" },
    },
    settings: {
      ...(methods !== undefined && { cacher_methods: methods }),
      ...(ttl !== undefined && { cacher_ttl: ttl }),
    },
    commands: {
      "cacher try": {
        description: "keep a text in the chosen cacher and read it back",
        args: "KEY TEXT",
        load: () => import("./try-command.ts"),
      },
    },
    setup({ provide, hooks, flags, get }) {
      provide("cacher", "memory", () => new MemoryCacher());

      // Called once for each service and method, so that methods whose answers are not kept cost nothing.
      hooks.client.tap("cacher", (next, { service, method, stream }) => {
        const name = `${service}.${method}`;
        if (stream || !flags.cacher_methods.includes(name)) return next;
        return keepAnswers(name, next, get("cacher"), flags.cacher_ttl);
      });
    },
  });
}

/** Calls only when there is no answer to the same input. Failures are not kept. */
function keepAnswers(name: string, next: ClientNext, cacher: Cacher, ttlMs: number): ClientNext {
  return async (request) => {
    const key = `${name} ${JSON.stringify(request.input)}`;
    const kept = await cacher.get(key);
    if (kept !== undefined) return JSON.parse(kept);
    const answer = await next(request);
    await cacher.set(key, JSON.stringify(answer), ttlMs);
    return answer;
  };
}

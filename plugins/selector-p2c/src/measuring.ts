import { type AttemptNext, MicroError } from "@micro/kernel";
import type { Balancer } from "./balancer.ts";
import type { Ending } from "./node-load.ts";

/** Tells the balancer how each try of a service's calls goes. The try itself is neither held up nor changed. */
export function measuring(balancer: Balancer, service: string, next: AttemptNext): AttemptNext {
  return (attempt) => {
    const load = balancer.begin(service, attempt.node.address);
    // A call to an address of its own, which nobody picked.
    if (load === undefined) return next(attempt);
    const startedAt = balancer.now;
    try {
      const result = next(attempt);
      result.then(
        () => balancer.end(load, startedAt, "answered"),
        (error: unknown) => balancer.end(load, startedAt, outcomeOf(error)),
      );
      return result;
    } catch (error) {
      balancer.end(load, startedAt, outcomeOf(error));
      throw error;
    }
  };
}

const broken: ReadonlySet<string | undefined> = new Set([
  "dial_failed",
  "address_not_allowed",
  "connection_lost",
  "reply_lost",
]);

function outcomeOf(error: unknown): Ending {
  if (!MicroError.is(error)) return "answered";
  const { code, reason, notProcessed } = error;
  if (reason === "cancelled") return "unknown";
  return code === 429 || code === 503 || notProcessed || broken.has(reason) ? "refused" : "answered";
}

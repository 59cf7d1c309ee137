import type { Duration } from "@micro/kernel";

/** What `shed` can be told. The environment and the command line go before it. */
export interface ShedOptions {
  /**
   * How many calls of a service run at once, `--server_max_in_flight`, and how many streams besides. Default 1024, the
   * limit of Envoy's circuit breaker; 0 for none.
   */
  readonly maxInFlight?: number;
  /** How many calls of a service wait until one of those ends, `--server_max_queue`. Default 1024; 0 refuses at once. */
  readonly maxQueue?: number;
  /** From which delay of the event loop on calls are refused, `--server_max_loop_delay`. Default `"250ms"`; 0 for none. */
  readonly maxLoopDelay?: Duration;
  /** From which share of the heap's limit on calls are refused, `--server_max_heap`. Default 0.95; 0 for none. */
  readonly maxHeap?: number;
}

/** The values for the flags of the plugin. */
export function settingsOf({ maxInFlight, maxQueue, maxLoopDelay, maxHeap }: ShedOptions): Record<string, unknown> {
  return {
    server_max_in_flight: maxInFlight,
    server_max_queue: maxQueue,
    server_max_loop_delay: maxLoopDelay,
    server_max_heap: maxHeap,
  };
}

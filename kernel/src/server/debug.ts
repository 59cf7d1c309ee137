import { PerformanceObserver } from "node:perf_hooks";
import type { Handlers } from "./service.ts";

const startedSeconds = Math.floor(Date.now() / 1000 - process.uptime());
let gcNanoseconds = 0;
let observer: PerformanceObserver | undefined;

/**
 * What every server answers besides its own methods, unadvertised: `Debug.Health` and `Debug.Stats`, with the field
 * names of go-micro 2016: seconds since 1970, seconds, bytes of heap, threads, nanoseconds of garbage collection.
 */
export const debugHandlers: Handlers = {
  Debug: {
    Health: () => ({ status: "ok" }),
    Stats: () => ({
      started: startedSeconds,
      uptime: Math.floor(process.uptime()),
      memory: process.memoryUsage().heapUsed,
      // A Go program counts goroutines; what this process waits for is the nearest there is.
      threads: process.getActiveResourcesInfo().length,
      gc: gcNanoseconds,
    }),
  },
};

/** Counts the time of garbage collections from now on, once per process; the observer keeps nothing alive. */
export function watchGarbageCollection(): void {
  if (observer !== undefined) return;
  observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcNanoseconds += Math.round(duration * 1e6);
  });
  observer.observe({ entryTypes: ["gc"] });
}

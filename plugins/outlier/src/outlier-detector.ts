import type { AttemptNext, ClientRoute, Selection, SelectNext, ServiceNode } from "@micro/kernel";
import type { NodeHealth } from "./node-health.ts";
import type { ResolvedOptions } from "./options.ts";
import { RouteWatch, type WatchHost } from "./route-watch.ts";
import { ServiceHealth } from "./service-health.ts";

/** What an {@link OutlierDetector} goes by: the options of the plugin, durations in milliseconds. */
export type DetectorOptions = ResolvedOptions;

// Names may come from outside. A service that was forgotten begins with all nodes in.
const maxServices = 10_000;

/** Wraps the tries and picks of a kernel's client so that nodes that fail are left out. */
export class OutlierDetector implements WatchHost {
  readonly clock: () => number;
  readonly #options: ResolvedOptions;
  readonly #services = new Map<string, ServiceHealth>();

  /** @param clock in milliseconds, monotonic; default `performance.now` */
  constructor(options: DetectorOptions, clock: () => number = () => performance.now()) {
    this.#options = options;
    this.clock = clock;
  }

  /** @internal */
  get silenceMs(): number {
    return this.#options.silenceMs;
  }

  /** The addresses of a service that are left out, the longest first. */
  ejected(service: string): readonly string[] {
    return this.#services.get(service)?.ejected ?? [];
  }

  /** The wrap of one route's tries. */
  wrapAttempt(next: AttemptNext, route: ClientRoute): AttemptNext {
    const watch = new RouteWatch(this, route);
    // An address that the caller chose has no other in its place.
    return (attempt) => (attempt.request.options.address === undefined ? watch.run(next, attempt) : next(attempt));
  }

  /** The wrap of picks. While every node is in, it costs one look. */
  wrapSelect(next: SelectNext): SelectNext {
    return (selection) => {
      const health = this.#services.get(selection.service);
      if (health === undefined || health.isWhole) return next(selection);
      return pickOpen(health, next, { ...selection, filters: [...selection.filters, health.filter] });
    };
  }

  /** @internal */
  node(service: string, address: string, now: number): NodeHealth {
    return (this.#services.get(service) ?? this.#add(service)).node(address, now);
  }

  #add(service: string): ServiceHealth {
    const [oldest] = this.#services.keys();
    if (this.#services.size >= maxServices) this.#services.delete(oldest as string);
    const health = new ServiceHealth(service, this.#options, this.clock);
    this.#services.set(service, health);
    return health;
  }
}

/** Picks, and picks again where two picks that waited for the registry took the same node for a trial. */
function pickOpen(health: ServiceHealth, next: SelectNext, selection: Selection): ServiceNode | Promise<ServiceNode> {
  const picked = next(selection);
  if (!(picked instanceof Promise)) {
    health.claim(picked);
    return picked;
  }
  return picked.then((node) => (health.claim(node) ? node : next(selection)));
}

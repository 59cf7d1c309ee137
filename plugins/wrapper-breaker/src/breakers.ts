import { Breaker, type BreakerSettings, type BreakerStats } from "./breaker.ts";
import { tell } from "./observe.ts";

// Names may come from outside. A circuit that was forgotten begins closed.
const maxBreakers = 10_000;

/** The circuits of one client, at most 10,000; beyond that the one made first is forgotten. */
export class Breakers {
  readonly #settings: BreakerSettings;
  readonly #breakers = new Map<string, Breaker>();

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  /** The circuit of a method, or, without one, of a whole service. Made at the first use. */
  of(service: string, method?: string): Breaker {
    const key = method === undefined ? service : `${service}\n${method}`;
    const breaker = this.#breakers.get(key) ?? this.#create(service, method);
    this.#breakers.set(key, breaker);
    return breaker;
  }

  /** How each circuit stands now. */
  stats(): readonly BreakerStats[] {
    return Array.from(this.#breakers.values(), (breaker) => breaker.stats());
  }

  #create(service: string, method: string | undefined): Breaker {
    const [oldest] = this.#breakers.keys();
    if (this.#breakers.size >= maxBreakers) this.#breakers.delete(oldest as string);
    return new Breaker(service, method, this.#settings, (state, error) => tell({ service, method, state, error }));
  }
}

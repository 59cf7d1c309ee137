/** How long and in how many pieces each contestant is measured. */
export interface Pace {
  /** Seconds for each contestant in all. */
  readonly seconds: number;
  /** Each contestant has its turn in every round. */
  readonly rounds: number;
}

/** Something that can be measured again and again. */
export interface Contestant {
  readonly name: string;
  /** Runs for about so many milliseconds, and says how often a second it did its thing. */
  measure(ms: number): Promise<number>;
}

/**
 * Measures contestants in turns, so that what else the machine does meets all of them alike. Every second round goes
 * backwards: nobody always runs after the same neighbour.
 */
export async function interleave(contestants: readonly Contestant[], { seconds, rounds }: Pace): Promise<Samples> {
  const ms = (1000 * seconds) / rounds;
  for (const contestant of contestants) await contestant.measure(Math.max(ms, warmUpMs));
  const samples = new Samples();
  for (let round = 0; round < rounds; round++) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      samples.add(contestant.name, await contestant.measure(ms));
    }
  }
  return samples;
}

const warmUpMs = 500;

/** The results of all rounds. */
export class Samples {
  readonly #byName = new Map<string, number[]>();

  /** Adds the result of the next round. */
  add(name: string, value: number): void {
    const values = this.#byName.get(name) ?? [];
    values.push(value);
    this.#byName.set(name, values);
  }

  /** The median of all rounds. */
  median(name: string): number {
    return median(this.#of(name));
  }

  /** One contestant over another: the median of the ratios of each round, because rounds differ more than ratios do. */
  ratio(name: string, peer: string): number {
    const peers = this.#of(peer);
    return median(this.#of(name).map((value, round) => value / (peers[round] ?? Number.NaN)));
  }

  #of(name: string): readonly number[] {
    const values = this.#byName.get(name);
    if (values === undefined) throw new Error(`"${name}" was not measured`);
    return values;
  }
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Something that waits for its turn. */
export interface Job {
  /** Its turn has come. It says {@link Lanes.leave} when it is done. */
  start(): void;
}

/**
 * Lets so many jobs run at a time, and so many of one lane; the others wait. Lanes that have waiting jobs take turns,
 * so that a lane that does not move holds up none of the others.
 */
export class Lanes {
  readonly #maxRunning: number;
  readonly #maxPerLane: number;
  readonly #lanes = new Map<string, Lane>();
  /** Those with waiting jobs, the next in turn first. */
  readonly #waiting = new Set<Lane>();
  #running = 0;

  constructor(maxRunning: number, maxPerLane: number) {
    this.#maxRunning = maxRunning;
    this.#maxPerLane = maxPerLane;
  }

  /** Starts the job, now or in its turn. */
  enter(name: string, job: Job): void {
    const lane = this.#laneOf(name);
    lane.waiting.add(job);
    this.#waiting.add(lane);
    this.#startNext();
  }

  /** The job is done, or gives up waiting. */
  leave(name: string, job: Job): void {
    const lane = this.#laneOf(name);
    if (lane.waiting.delete(job)) {
      if (lane.waiting.size === 0) this.#waiting.delete(lane);
    } else {
      lane.running--;
      this.#running--;
    }
    if (lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(name);
    this.#startNext();
  }

  #laneOf(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { waiting: new Set(), running: 0 };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #startNext(): void {
    if (this.#running >= this.#maxRunning) return;
    for (const lane of this.#waiting) {
      if (lane.running < this.#maxPerLane) {
        this.#start(lane);
        return;
      }
    }
  }

  #start(lane: Lane): void {
    const [job] = lane.waiting;
    if (job === undefined) return;
    lane.waiting.delete(job);
    this.#waiting.delete(lane);
    if (lane.waiting.size > 0) this.#waiting.add(lane);
    lane.running++;
    this.#running++;
    job.start();
  }
}

interface Lane {
  readonly waiting: Set<Job>;
  running: number;
}

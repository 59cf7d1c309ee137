import { type Limits, MicroError } from "@micro/kernel";
import { TokenBucket } from "./token-bucket.ts";
import { Wait } from "./wait.ts";

/** What a {@link Limiter} is told. */
export interface LimiterOptions {
  /** Who refuses, as it stands in the error. */
  readonly id: string;
  readonly rate: number;
  readonly burst: number;
  readonly waits: boolean;
  readonly maxWaiting: number;
}

// Names may come from outside. A limit that was forgotten begins with all its tokens.
const maxBuckets = 10_000;

/** The limits of one side of a kernel, by service and method. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #turns = new Map<string, Turns>();
  readonly #waitingRoom: WaitingRoom = { waits: new Set(), isClosed: false };

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** The limit of a method, or, with an empty one, of a whole service. */
  of(service: string, method: string): Turns {
    const key = `${service}\n${method}`;
    let turns = this.#turns.get(key);
    if (turns === undefined) {
      const [oldest] = this.#turns.keys();
      if (this.#turns.size >= maxBuckets) this.#turns.delete(oldest as string);
      turns = new Turns(this.#options, this.#waitingRoom);
      this.#turns.set(key, turns);
    }
    return turns;
  }

  /** Refuses all that wait, and lets nobody wait any more. Idempotent. */
  close(): void {
    this.#waitingRoom.isClosed = true;
    for (const wait of this.#waitingRoom.waits) wait.fail(tooMany(this.#options.id, undefined));
  }
}

/** All that wait for a turn, whichever. */
interface WaitingRoom {
  readonly waits: Set<Wait>;
  isClosed: boolean;
}

/** One limit, and those who wait for it. */
export class Turns {
  readonly #options: LimiterOptions;
  readonly #bucket: TokenBucket;
  readonly #room: WaitingRoom;
  #waiting = 0;

  constructor(options: LimiterOptions, room: WaitingRoom) {
    this.#options = options;
    this.#bucket = new TokenBucket(options);
    this.#room = room;
  }

  /**
   * Takes a turn: `undefined` when it is now, else a promise of it, which rejects with a 429 when there is none in time
   * and with a 408 when the call is called off.
   */
  take(limits: Limits): Promise<void> | undefined {
    const { id, waits, maxWaiting } = this.#options;
    if (this.#bucket.take()) return undefined;
    const waitMs = this.#bucket.waitMs;
    // Nobody waits for a turn that comes after the deadline: it is better told at once.
    const isInTime = waitMs < limits.deadline - performance.now();
    if (waits && isInTime && this.#waiting < maxWaiting && !this.#room.isClosed) return this.#wait(waitMs, limits);
    return Promise.reject(tooMany(id, waitMs));
  }

  async #wait(waitMs: number, { cancellation }: Limits): Promise<void> {
    this.#bucket.borrow();
    this.#waiting++;
    const wait = new Wait(waitMs, cancellation);
    this.#room.waits.add(wait);
    try {
      await wait.ended;
    } catch (error) {
      this.#bucket.giveBack();
      throw error;
    } finally {
      this.#waiting--;
      this.#room.waits.delete(wait);
    }
  }
}

/** The error of go-micro's rate limiter, word for word. */
function tooMany(id: string, retryAfterMs: number | undefined): MicroError {
  return new MicroError(id, 429, "too many request", { reason: "rate_limited", notProcessed: true, retryAfterMs });
}

/** Asks for names and waits a moment for answers; every name at most once at a time and once a second. */
export class Lookups {
  readonly #ask: (name: string) => void;
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, PendingLookup>();
  readonly #askedAt = new Map<string, number>();
  #isClosed = false;

  constructor(ask: (name: string) => void, timeoutMs: number) {
    this.#ask = ask;
    this.#timeoutMs = timeoutMs;
  }

  /** How many names are waited for. */
  get size(): number {
    return this.#pending.size;
  }

  /** Whether a name was asked for so recently that an answer, if there were one, would be here. */
  isFresh(name: string, now: number): boolean {
    const askedAt = this.#askedAt.get(name);
    return askedAt !== undefined && now - askedAt < freshMs && !this.#pending.has(name);
  }

  /**
   * Asks, and resolves when the answers are in: a moment after the first, at the latest when the time is over, which
   * is a quarter for a name that was asked for before.
   */
  async wait(name: string, now: number): Promise<void> {
    if (this.#isClosed) return;
    const pending = this.#pending.get(name) ?? this.#start(name, now);
    await pending.done;
  }

  /** Something answered to that name. */
  found(name: string): void {
    const pending = this.#pending.get(name);
    if (pending === undefined || pending.isAnswered) return;
    pending.isAnswered = true;
    this.#endIn(pending, gatherMs);
  }

  /** Ends all waiting at once, and nobody waits after it. */
  close(): void {
    this.#isClosed = true;
    for (const pending of this.#pending.values()) this.#endIn(pending, 0);
  }

  #start(name: string, now: number): PendingLookup {
    const waitMs = this.#askedAt.has(name) ? this.#timeoutMs / 4 : this.#timeoutMs;
    this.#remember(name, now);
    const pending = createPending(() => this.#pending.delete(name));
    this.#pending.set(name, pending);
    this.#endIn(pending, waitMs);
    this.#ask(name);
    return pending;
  }

  // Ends earlier than set before, never later.
  #endIn(pending: PendingLookup, ms: number): void {
    const endsAt = performance.now() + ms;
    if (endsAt >= pending.endsAt) return;
    clearTimeout(pending.timer);
    pending.endsAt = endsAt;
    pending.timer = setTimeout(pending.end, ms);
  }

  #remember(name: string, now: number): void {
    this.#askedAt.delete(name);
    if (this.#askedAt.size >= maxNames) this.#askedAt.delete(this.#askedAt.keys().next().value as string);
    this.#askedAt.set(name, now);
  }
}

interface PendingLookup {
  readonly done: Promise<void>;
  readonly end: () => void;
  timer: NodeJS.Timeout | undefined;
  endsAt: number;
  isAnswered: boolean;
}

function createPending(onEnd: () => void): PendingLookup {
  let resolve: () => void = onEnd;
  const done = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  const end = (): void => {
    onEnd();
    resolve();
  };
  return { done, end, timer: undefined, endsAt: Number.POSITIVE_INFINITY, isAnswered: false };
}

const freshMs = 1000;

// The nodes of one network answer within a few milliseconds of each other.
const gatherMs = 20;

// Names come from callers, and at a gateway callers are anybody.
const maxNames = 1000;

import { tell } from "./observe.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Try } from "./try.ts";

/** What the end of a try says of its node; `unknown` says nothing. */
export type Verdict = "answered" | "failed" | "timedOut" | "unknown";

/** Who is told that a node is left out or in again. */
export interface HealthOwner {
  readonly name: string;
  readonly options: ResolvedOptions;
  /** Called at every change of what the picks may take. */
  onChange(health: NodeHealth): void;
}

// Nobody looks further than this for calls that are overdue, so that a node with very many under way costs no more.
const maxWalk = 256;
// A trial that nobody hears of any more makes room for another.
const trialLimitMs = 5000;

/**
 * One node as a circuit: in; out, for a while; then out, but open for one call, which decides. Everything in it happens
 * when a call begins or ends: it has no timer.
 */
export class NodeHealth {
  readonly address: string;
  /** Whether it is left out. */
  isOut = false;
  /** When it may be tried, while it is out. */
  outUntil = 0;
  /** When a call last went there. */
  usedAt = 0;
  readonly #owner: HealthOwner;
  #isHung = false;
  #trialUntil = 0;
  #strikes = 0;
  #returnedAt = 0;
  #inRow = 0;
  #windowStart = Number.NEGATIVE_INFINITY;
  #good = 0;
  #bad = 0;
  #heardAt = 0;
  // The tries under way, the oldest first.
  #oldest: Try | undefined;
  #newest: Try | undefined;
  #inFlight = 0;

  constructor(owner: HealthOwner, address: string) {
    this.#owner = owner;
    this.address = address;
  }

  /** Whether it has no call under way. */
  get isIdle(): boolean {
    return this.#inFlight === 0;
  }

  /** When the picks have to look at it anew. */
  get nextChangeAt(): number {
    return Math.max(this.outUntil, this.#trialUntil);
  }

  /** Whether a pick may take it: it is in, or it may be tried and is not being tried. */
  isOpen(now: number): boolean {
    return !this.isOut || now >= this.nextChangeAt;
  }

  /** It was picked. When it is out, its next call decides; false when that one is under way already. */
  claim(now: number): boolean {
    if (!this.isOut || now < this.outUntil) return true;
    if (now < this.#trialUntil) return false;
    this.#trialUntil = now + trialLimitMs;
    this.#owner.onChange(this);
    return true;
  }

  /** A try goes there. */
  begin(attempt: Try, now: number): void {
    if (this.#inFlight === 0) this.#heardAt = now;
    else if (!this.isOut && this.#isSilent(now)) {
      this.#isHung = true;
      this.#eject(now, "it answers nothing");
    }
    attempt.isTrial = this.isOut && now < this.#trialUntil;
    this.usedAt = now;
    this.#link(attempt);
  }

  /** The try ended. */
  end(attempt: Try, verdict: Verdict, now: number): void {
    this.#unlink(attempt);
    if (verdict === "answered" || verdict === "failed") this.#heardAt = now;
    if (this.isOut) this.#endOutside(attempt, verdict, now);
    else if (verdict === "answered") this.#succeed(now);
    else if (verdict !== "unknown") this.#fail(now);
  }

  // What was under way when it was left out says nothing new, unless it hung: then any answer shows that it is back.
  #endOutside({ isTrial }: Try, verdict: Verdict, now: number): void {
    if (verdict === "answered" && (isTrial || this.#isHung)) this.#return(now);
    else if (!isTrial) return;
    else if (verdict === "unknown") this.#endTrial();
    else this.#eject(now, "it failed again");
  }

  #succeed(now: number): void {
    this.#inRow = 0;
    if (this.#bad > 0) this.#count(now, true);
  }

  #fail(now: number): void {
    const { failures, minRequests, failureRate } = this.#owner.options;
    this.#inRow++;
    this.#count(now, false);
    const calls = this.#good + this.#bad;
    if (this.#inRow >= failures) this.#eject(now, `${this.#inRow} failures in a row`);
    else if (calls >= minRequests && this.#bad >= calls * failureRate) {
      this.#eject(now, `${this.#bad} of ${calls} calls failed`);
    }
  }

  #count(now: number, isGood: boolean): void {
    if (now - this.#windowStart > this.#owner.options.windowMs) {
      this.#windowStart = now;
      this.#good = this.#bad = 0;
    }
    if (isGood) this.#good++;
    else this.#bad++;
  }

  #eject(now: number, why: string): void {
    const { ejectionMs, maxEjectionMs } = this.#owner.options;
    // Every ejection's length of good service takes one away.
    const forgiven = this.isOut ? 0 : Math.floor((now - this.#returnedAt) / ejectionMs);
    this.#strikes = Math.max(0, this.#strikes - forgiven) + 1;
    const forMs = Math.min(maxEjectionMs, ejectionMs * this.#strikes);
    this.isOut = true;
    this.outUntil = now + forMs;
    this.#trialUntil = 0;
    this.#owner.onChange(this);
    tell({ event: "eject", service: this.#owner.name, address: this.address, why, forMs });
  }

  #return(now: number): void {
    this.isOut = this.#isHung = false;
    this.#returnedAt = now;
    this.#trialUntil = this.#inRow = this.#good = this.#bad = 0;
    this.#windowStart = Number.NEGATIVE_INFINITY;
    this.#owner.onChange(this);
    tell({ event: "return", service: this.#owner.name, address: this.address, why: "it answers", forMs: 0 });
  }

  #endTrial(): void {
    this.#trialUntil = 0;
    this.#owner.onChange(this);
  }

  /** Whether nothing came for long although as many calls as make an ejection should have been answered. */
  #isSilent(now: number): boolean {
    const { failures, silenceMs } = this.#owner.options;
    if (this.#inFlight < failures || now - this.#heardAt < silenceMs) return false;
    let overdue = 0;
    let steps = 0;
    for (let one = this.#oldest; one !== undefined && steps < maxWalk; one = one.later, steps++) {
      if (now > one.overdueAt && ++overdue >= failures) return true;
    }
    return false;
  }

  #link(attempt: Try): void {
    attempt.earlier = this.#newest;
    if (this.#newest === undefined) this.#oldest = attempt;
    else this.#newest.later = attempt;
    this.#newest = attempt;
    this.#inFlight++;
  }

  #unlink({ earlier, later }: Try): void {
    if (earlier === undefined) this.#oldest = later;
    else earlier.later = later;
    if (later === undefined) this.#newest = earlier;
    else later.earlier = earlier;
    this.#inFlight--;
  }
}

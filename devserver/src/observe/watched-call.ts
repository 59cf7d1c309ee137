import type { CallLog } from "./call-log.ts";
import type { CapturedCall } from "./captured-call.ts";
import type { Edge } from "./edge.ts";

/** What a call under way is measured with. */
export interface CallMeasure {
  readonly log: CallLog;
  readonly now: () => number;
  /** When it began. */
  readonly start: number;
  /** Where its handler threw, if that is known. */
  readonly stackOf: (error: unknown) => string | undefined;
}

/** A call under way: where it is counted, and what is captured of it. Ends once. */
export class WatchedCall {
  private readonly edge: Edge;
  private readonly captured: CapturedCall | undefined;
  private readonly measure: CallMeasure;
  private hasEnded = false;

  constructor(edge: Edge, captured: CapturedCall | undefined, measure: CallMeasure) {
    this.edge = edge;
    this.captured = captured;
    this.measure = measure;
  }

  /** It answered. */
  answered(value: unknown): void {
    if (this.hasEnded) return;
    this.captured?.answered(value);
    this.end(false);
  }

  /** It failed. */
  failed(error: unknown): void {
    if (this.hasEnded) return;
    this.captured?.failed(error, this.measure.stackOf(error));
    this.end(true);
  }

  /** A stream ended as it should, or was closed. */
  closed(): void {
    if (!this.hasEnded) this.end(false);
  }

  /** The caller sent an item. */
  sent(item: unknown): void {
    this.edge.item(this.measure.now());
    this.captured?.itemSent(item);
  }

  /** An item came to the caller. */
  received(item: unknown): void {
    this.edge.item(this.measure.now());
    this.captured?.itemReceived(item);
  }

  /**
   * Sees how the work ends, and hands it on as it is: what is there is not made to wait, and a promise gets no other
   * one around it.
   *
   * @param show makes of the answer what is captured of it
   */
  watch<Value>(work: Value, show: (value: unknown) => unknown = (value) => value): Value {
    if (typeof work !== "object" || work === null || typeof (work as { then?: unknown }).then !== "function") {
      this.answered(show(work));
      return work;
    }
    const onAnswer = (value: unknown): unknown => {
      this.answered(show(value));
      return value;
    };
    if (work instanceof Promise) {
      work.then(onAnswer, (error) => this.failed(error));
      return work;
    }
    // What only looks like a promise may do its work anew each time it is waited for.
    return (work as unknown as PromiseLike<unknown>).then(onAnswer, (error) => {
      this.failed(error);
      throw error;
    }) as Value;
  }

  private end(failed: boolean): void {
    this.hasEnded = true;
    const { log, start } = this.measure;
    const now = this.measure.now();
    const ms = now - start;
    this.edge.ended(now, ms, failed);
    if (this.captured !== undefined) log.end(this.captured, ms);
  }
}

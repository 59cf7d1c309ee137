import type { Metadata } from "@micro/kernel";
import { type CallHead, CapturedCall } from "./captured-call.ts";

/** The last calls that ended, up to a number and an amount of memory. */
export class CallLog {
  /** Whether calls are captured. What is kept stays when it is switched off. */
  capturing: boolean;
  /** How many calls were not captured because too many came in the same second. */
  skipped = 0;
  private readonly calls = new Map<string, CapturedCall>();
  private readonly maxCalls: number;
  private readonly maxBytes: number;
  private last = 0;
  private bytes = 0;
  private second = 0;
  private begunThisSecond = 0;

  constructor(maxCalls: number, maxBytes: number, capturing: boolean) {
    this.maxCalls = maxCalls;
    this.maxBytes = maxBytes;
    this.capturing = capturing;
  }

  /** The number of the call that ended last. */
  get newest(): number {
    return this.last;
  }

  /** Oldest first. */
  values(): IterableIterator<CapturedCall> {
    return this.calls.values();
  }

  get(id: string): CapturedCall | undefined {
    return this.calls.get(id);
  }

  /** Begins to capture a call; `undefined` when nothing is captured, or nothing more in this second. */
  begin(head: CallHead, now: number, metadata: Metadata, request: unknown): CapturedCall | undefined {
    if (!this.capturing || !this.hasRoom(now)) return undefined;
    return new CapturedCall(head, metadata, request);
  }

  /** Keeps a call that ended. */
  end(call: CapturedCall, ms: number): void {
    call.ms = Math.round(ms * 1000) / 1000;
    call.number = ++this.last;
    // Ids come in headers too, and those may repeat.
    this.drop(call.id);
    this.calls.set(call.id, call);
    this.bytes += call.bytes;
    for (const id of this.calls.keys()) {
      if (this.calls.size <= this.maxCalls && this.bytes <= this.maxBytes) return;
      this.drop(id);
    }
  }

  private drop(id: string): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    this.calls.delete(id);
    this.bytes -= call.bytes;
  }

  // More than are kept would be written down for nobody.
  private hasRoom(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.second) {
      this.second = second;
      this.begunThisSecond = 0;
    }
    if (++this.begunThisSecond <= this.maxCalls) return true;
    this.skipped++;
    return false;
  }
}

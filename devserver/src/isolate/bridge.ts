import { cancelled } from "@micro/kernel";
import { type CarriedError, carryError, reviveError } from "./carried-error.ts";
import { uncloneable } from "./uncloneable.ts";

/** The part of a MessagePort or Worker that is used. */
export interface BridgePort {
  postMessage(message: unknown): void;
}

/** What goes over a port. A line is named by the number that its opener gave it. */
export type BridgeMessage<Opening> =
  | { readonly type: "open"; readonly line: number; readonly opening: Opening }
  | { readonly type: "item"; readonly line: number; readonly value: unknown }
  /** An item was taken, so there is room for another one. */
  | { readonly type: "taken"; readonly line: number }
  /** No more items follow. */
  | { readonly type: "end"; readonly line: number }
  /** The opener gave up. */
  | { readonly type: "abort"; readonly line: number; readonly error: CarriedError }
  /** The accepter is through. */
  | { readonly type: "done"; readonly line: number; readonly value: unknown }
  | { readonly type: "failed"; readonly line: number; readonly error: CarriedError };

/** How many items may be under way on a line, each direction. */
const window = 16;

/** Many calls and streams over one port, in both directions. Each side makes one. */
export class Bridge<Out extends object, In> {
  private readonly port: BridgePort;
  private readonly accept: (opening: In, line: Line) => void;
  private readonly lines = new Map<number, Line>();
  private readonly step: 1 | -1;
  private last = 0;
  private lost: Error | undefined;

  /** @param step the sides number their lines upwards and downwards, so that no two have a number */
  constructor(port: BridgePort, step: 1 | -1, accept: (opening: In, line: Line) => void) {
    this.port = port;
    this.step = step;
    this.accept = accept;
  }

  /**
   * Begins a call or stream.
   *
   * @param what how errors call the opening: `Say.Hello: the request`
   * @throws TypeError when it cannot be copied, and whatever the other side was lost with
   */
  open(opening: Out, what: string): Line {
    if (this.lost !== undefined) throw this.lost;
    this.last += this.step;
    const line = this.create(this.last, what);
    try {
      line.post({ type: "open", opening }, "input" in opening ? opening.input : undefined);
    } catch (error) {
      this.lines.delete(line.number);
      throw error;
    }
    return line;
  }

  /** Opens a line for one question with one answer. */
  async ask<T>(opening: Out, what: string): Promise<T> {
    return (await this.open(opening, what).result) as T;
  }

  receive(message: BridgeMessage<In>): void {
    if (message.type === "open") {
      this.accept(message.opening, this.create(message.line, "the answer"));
      return;
    }
    // One that is unknown ended meanwhile.
    this.lines.get(message.line)?.receiveMessage(message);
  }

  /** The other side is gone: everything under way fails, and whatever comes later. */
  fail(error: Error): void {
    this.lost ??= error;
    const lines = [...this.lines.values()];
    this.lines.clear();
    for (const line of lines) line.lose(error);
  }

  private create(number: number, what: string): Line {
    const line = new Line(number, what, {
      post: (message) => this.port.postMessage(message),
      close: () => void this.lines.delete(number),
    });
    this.lines.set(number, line);
    return line;
  }
}

interface LineHost {
  post(message: object): void;
  close(): void;
}

/** One call or stream, either end of it. Items go both ways, as fast as the other side takes them. */
export class Line {
  readonly number: number;
  /** What the accepter answers at last; for the opener. */
  readonly result: Promise<unknown>;
  /** Told once when the opener gave up; for the accepter. */
  onAbort: ((reason: Error) => void) | undefined = undefined;
  /** How errors call what is sent over it. */
  what: string;
  private readonly host: LineHost;
  private readonly items: unknown[] = [];
  private readonly settle: { resolve(value: unknown): void; reject(error: Error): void };
  private waiting: { resolve(item: unknown): void; reject(error: Error): void } | undefined;
  private sending: { resolve(): void; reject(error: Error): void }[] = [];
  private underWay = 0;
  private noMoreItems = false;
  private ended = false;
  private error: Error | undefined;

  constructor(number: number, what: string, host: LineHost) {
    this.number = number;
    this.what = what;
    this.host = host;
    let settle = undefined as unknown as typeof this.settle;
    this.result = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.settle = settle;
    // Whoever streams hears of a failure where it receives.
    this.result.catch(() => {});
  }

  /** Whether the accepter answered, or the other side was lost. */
  get isEnded(): boolean {
    return this.ended;
  }

  /** Sends an item; resolves when there is room for the next one. Rejects when nobody is there to take it. */
  async send(item: unknown): Promise<void> {
    if (this.error !== undefined) throw this.error;
    if (this.ended) throw cancelled(undefined);
    this.post({ type: "item", value: item ?? {} }, item);
    if (++this.underWay < window) return;
    await new Promise<void>((resolve, reject) => this.sending.push({ resolve, reject }));
  }

  /** The next item, `undefined` after the last one. */
  receive(): Promise<unknown> {
    if (this.items.length > 0) {
      const item = this.items.shift();
      this.tell({ type: "taken" });
      return Promise.resolve(item);
    }
    if (this.error !== undefined) return Promise.reject(this.error);
    if (this.noMoreItems) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** No more items follow from this end. */
  end(): void {
    this.tell({ type: "end" });
  }

  /** The opener gives up; the accepter still answers, unless it has. */
  abort(reason: unknown): void {
    this.tell({ type: "abort", error: carryError(reason) });
  }

  /** Answers, and ends the line. What cannot be copied is answered with the error that says so. */
  done(value: unknown): void {
    try {
      this.post({ type: "done", value }, value);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.finish();
  }

  fail(error: unknown): void {
    this.tell({ type: "failed", error: carryError(error) });
    this.finish();
  }

  /** @internal */
  post(message: object, value: unknown): void {
    if (this.ended) return;
    try {
      this.host.post({ ...message, line: this.number });
    } catch (error) {
      throw uncloneable(this.what, value, error);
    }
  }

  /** @internal */
  receiveMessage(message: Exclude<BridgeMessage<never>, { type: "open" }>): void {
    switch (message.type) {
      case "item":
        this.take(message.value);
        break;
      case "taken":
        this.underWay--;
        this.sending.shift()?.resolve();
        break;
      case "end":
        this.endItems();
        break;
      case "abort":
        this.aborted(reviveError(message.error));
        break;
      case "done":
        this.finish();
        this.settle.resolve(message.value);
        this.endItems();
        break;
      case "failed":
        this.finish();
        this.break(reviveError(message.error));
        break;
    }
  }

  /** @internal The other side is gone. */
  lose(error: Error): void {
    this.ended = true;
    this.break(error);
    this.onAbort?.(error);
  }

  private tell(message: object): void {
    this.post(message, undefined);
  }

  private take(item: unknown): void {
    const { waiting } = this;
    if (waiting === undefined) {
      this.items.push(item);
      return;
    }
    this.waiting = undefined;
    this.tell({ type: "taken" });
    waiting.resolve(item);
  }

  private endItems(): void {
    this.noMoreItems = true;
    this.waiting?.resolve(undefined);
    this.waiting = undefined;
  }

  private aborted(reason: Error): void {
    this.items.length = 0;
    this.break(reason);
    this.onAbort?.(reason);
  }

  private break(error: Error): void {
    this.error = error;
    this.settle.reject(error);
    this.waiting?.reject(error);
    this.waiting = undefined;
    for (const one of this.sending.splice(0)) one.reject(error);
  }

  private finish(): void {
    this.ended = true;
    this.host.close();
    // What waits for room would wait for ever.
    for (const one of this.sending.splice(0)) one.reject(cancelled(undefined));
  }
}

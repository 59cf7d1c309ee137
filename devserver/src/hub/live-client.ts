import type { WebSocket } from "ws";
import { framesOf } from "./frames.ts";
import { type LiveState, type Told, toldNothing } from "./live-state.ts";

/** How much may wait for a client, in bytes. */
export interface SendLimits {
  /** Beyond it changes are dropped, and a snapshot follows when the client has caught up. */
  readonly pauseBytes: number;
  /** Beyond it the connection is closed with 1013, try again later. */
  readonly closeBytes: number;
}

export const sendLimits: SendLimits = { pauseBytes: 1024 * 1024, closeBytes: 4 * 1024 * 1024 };

/** One page that is open: what it has been told, and what waits to be sent. */
export class LiveClient {
  private readonly socket: WebSocket;
  private readonly state: LiveState;
  private readonly limits: SendLimits;
  private told: Told = toldNothing();
  private seq = 0;
  private changes: Iterator<string> | undefined;
  private isSnapshot = false;
  private readonly answers: Iterator<string>[] = [];
  private needsSnapshot = true;
  private urgentLeft = maxUrgent;

  constructor(socket: WebSocket, state: LiveState, limits: SendLimits) {
    this.socket = socket;
    this.state = state;
    this.limits = limits;
  }

  /** Twice a second: tells what changed, as far as the client takes it. */
  tick(): void {
    this.urgentLeft = maxUrgent;
    const isSlow = this.socket.bufferedAmount > this.limits.pauseBytes;
    if (isSlow) this.fallBehind();
    else if (this.changes === undefined) this.begin();
    this.pump();
  }

  /** Tells of events at once, unless it is told of something else or has just been told of many. */
  urgent(): void {
    if (this.changes !== undefined || this.needsSnapshot || --this.urgentLeft < 0) return;
    if (this.socket.bufferedAmount > this.limits.pauseBytes) return;
    this.isSnapshot = false;
    this.changes = framesOf(this.state.eventsSince(this.told), () => this.head("delta"));
    this.pump();
  }

  /** The next chance brings a snapshot. */
  resync(): void {
    this.needsSnapshot = true;
    this.changes = undefined;
  }

  /** Sends a frame, or ends the connection when the client takes none. */
  send(text: string): void {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount + text.length <= this.limits.closeBytes) {
      socket.send(text);
      return;
    }
    socket.close(1013, "the client does not keep up");
    // It may not read the closing frame either.
    setTimeout(() => socket.terminate(), 5000).unref();
  }

  /** Waits until the client has taken most of what was sent to it, or is gone. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.socket.bufferedAmount > this.limits.pauseBytes && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 50).unref());
    }
  }

  /** Sends frames one after the other, as the client takes them. */
  sendAll(frames: Iterator<string>): void {
    this.answers.push(frames);
    this.pump();
  }

  private begin(): void {
    this.isSnapshot = this.needsSnapshot || this.state.isTooOld(this.told);
    if (this.isSnapshot) {
      this.needsSnapshot = false;
      this.told = toldNothing();
      this.changes = framesOf(this.state.since(this.told), (isFirst) => this.head(isFirst ? "snapshot" : "delta"));
    } else {
      this.changes = this.changesSince();
    }
  }

  // Nothing new is no frame.
  private changesSince(): Iterator<string> | undefined {
    const pieces = this.state.since(this.told);
    const first = pieces.next();
    if (first.done === true) return undefined;
    const all = (function* () {
      yield first.value;
      yield* pieces;
    })();
    return framesOf(all, () => this.head("delta"));
  }

  // A snapshot goes on when there is room again; changes are old by then.
  private fallBehind(): void {
    if (this.changes === undefined || !this.isSnapshot) this.resync();
  }

  private pump(): void {
    this.changes = this.drain(this.changes);
    while (this.answers.length > 0 && this.drain(this.answers[0]) === undefined) this.answers.shift();
  }

  /** @returns what is left */
  private drain(frames: Iterator<string> | undefined): Iterator<string> | undefined {
    while (frames !== undefined && this.socket.readyState === this.socket.OPEN) {
      if (this.socket.bufferedAmount > this.limits.pauseBytes) return frames;
      const { done, value } = frames.next();
      if (done === true) return undefined;
      this.send(value);
    }
    return undefined;
  }

  private head(type: "snapshot" | "delta"): string {
    return `"type":"${type}","seq":${++this.seq},"at":${Date.now()}`;
  }
}

const maxUrgent = 10;

import { batch, type Signal, signal } from "@preact/signals";
import type { HistoryFrame, PageRequest, ReplyFrame, ServerFrame, WireError } from "../../../src/hub/protocol.ts";
import type { LiveState } from "./live-state.ts";

/** How the page stands with the server. */
export type ConnectionStatus = "connecting" | "open" | "lost" | "no-token";

/** What a request answers with when it fails. */
export class RequestError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.detail);
    this.wire = wire;
  }
}

/** A stream that the page opened. */
export interface PageStream {
  send(item: unknown): void;
  /** No more items follow. */
  end(): void;
  /** Ends both directions. */
  close(): void;
}

/** What happens on a stream. */
export interface StreamListener {
  onItem(text: string): void;
  /** With an error when it failed. The last that is heard of it. */
  onEnd(error: WireError | undefined): void;
}

// Without its id: the connection gives it one.
type Asked<Request> = Request extends { readonly id: unknown } ? Omit<Request, "id"> : never;

const retryMs = 2000;

/** The WebSocket to `micro dev`: fills the state, carries requests and their answers, and comes back when it is lost. */
export class Connection {
  readonly status: Signal<ConnectionStatus> = signal("connecting");
  private readonly state: LiveState;
  private readonly token: string;
  private readonly waiting = new Map<number, Waiting>();
  private readonly streams = new Map<number, StreamListener>();
  private socket: WebSocket | undefined;
  private lastId = 0;

  constructor(state: LiveState, token: string) {
    this.state = state;
    this.token = token;
    if (token === "") this.status.value = "no-token";
    else this.connect();
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws RequestError what the server says against it, or code 0 when the connection is lost
   */
  ask<Value = unknown>(request: Asked<PageRequest>): Promise<Value> {
    return this.request(request, undefined) as Promise<Value>;
  }

  /** The last ten minutes, or what of them ended after `since`, oldest first. */
  async history(since?: number): Promise<readonly HistoryFrame[]> {
    const frames: HistoryFrame[] = [];
    await this.request({ type: "history", ...(since !== undefined && { since }) }, (frame) => frames.push(frame));
    return frames;
  }

  /** Opens a stream to a method. */
  open(service: string, method: string, input: unknown, listener: StreamListener): PageStream {
    const id = ++this.lastId;
    if (!this.send({ type: "open", id, service, method, input })) {
      queueMicrotask(() => listener.onEnd(lost));
      return { send() {}, end() {}, close() {} };
    }
    this.streams.set(id, listener);
    return {
      send: (item) => void this.send({ type: "send", id, item }),
      end: () => void this.send({ type: "end", id }),
      close: () => void this.send({ type: "close", id }),
    };
  }

  private request(request: Asked<PageRequest>, onHistory: Waiting["onHistory"]): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onHistory });
      if (this.send({ ...request, id } as PageRequest)) return;
      this.waiting.delete(id);
      reject(new RequestError(lost));
    });
  }

  private send(request: PageRequest): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(request));
    return true;
  }

  private connect(): void {
    const address = `${location.protocol.replace("http", "ws")}//${location.host}/live`;
    const socket = new WebSocket(address, ["micro.dev.1", `token.${this.token}`]);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.status.value = "open";
    });
    socket.addEventListener("message", ({ data }) => this.take(JSON.parse(String(data)) as ServerFrame));
    socket.addEventListener("close", () => this.onClose());
  }

  private onClose(): void {
    this.status.value = "lost";
    for (const { reject } of this.waiting.values()) reject(new RequestError(lost));
    this.waiting.clear();
    for (const { onEnd } of this.streams.values()) onEnd(lost);
    this.streams.clear();
    setTimeout(() => this.connect(), retryMs);
  }

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case "snapshot":
      case "delta":
        batch(() => {
          if (!this.state.take(frame)) this.send({ type: "resync", id: 0 } as unknown as PageRequest);
        });
        break;
      case "history":
        this.waiting.get(Number(frame.id))?.onHistory?.(frame);
        break;
      case "reply":
        this.settle(frame);
        break;
      case "item":
        this.streams.get(Number(frame.id))?.onItem(frame.item.text);
        break;
      case "ended": {
        const listener = this.streams.get(Number(frame.id));
        this.streams.delete(Number(frame.id));
        listener?.onEnd(frame.error);
        break;
      }
    }
  }

  private settle(reply: ReplyFrame): void {
    const id = Number(reply.id);
    const asked = this.waiting.get(id);
    this.waiting.delete(id);
    if (reply.ok) {
      asked?.resolve(reply.value);
      return;
    }
    const listener = this.streams.get(id);
    this.streams.delete(id);
    // A request that fails on a stream, such as an item that is too much, ends it for the page.
    listener?.onEnd(reply.error);
    asked?.reject(new RequestError(reply.error));
  }
}

const lost: WireError = { id: "go.micro.dev", code: 0, detail: "the connection to micro dev is lost", status: "" };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: RequestError) => void;
  readonly onHistory: ((frame: HistoryFrame) => void) | undefined;
}

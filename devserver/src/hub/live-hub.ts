import type { RawData, WebSocket } from "ws";
import type { NumberedEvent } from "../events.ts";
import { LiveClient } from "./live-client.ts";
import { LiveState } from "./live-state.ts";
import type { RequestScope } from "./requests.ts";
import { Session } from "./session.ts";
import type { HubLimits } from "./start-hub.ts";

/** The pages that are open, and the clock that tells them what happens. Without a page it does nothing. */
export class LiveHub {
  private readonly scope: RequestScope;
  private readonly limits: HubLimits;
  private readonly state: LiveState;
  private readonly pages = new Set<Page>();
  private readonly stopListening: () => void;
  private ticking: NodeJS.Timeout | undefined;
  private pinging: NodeJS.Timeout | undefined;

  constructor(scope: RequestScope, limits: HubLimits) {
    this.scope = scope;
    this.limits = limits;
    this.state = new LiveState(scope.host, scope.observer);
    this.stopListening = scope.host.events.on((event) => this.onEvent(event));
  }

  get isFull(): boolean {
    return this.pages.size >= this.limits.clients;
  }

  /** Tells a page what there is, and what happens from now on. */
  add(socket: WebSocket): void {
    const client = new LiveClient(socket, this.state, this.limits);
    const page: Page = { socket, client, session: new Session(this.scope, client), isAlive: true };
    this.pages.add(page);
    socket.on("message", (data, isBinary) => this.onMessage(page, data, isBinary));
    socket.on("pong", () => {
      page.isAlive = true;
    });
    // What is wrong with a frame closes it, with the code for that.
    socket.on("error", () => {});
    socket.on("close", () => this.remove(page));
    this.ticking ??= setInterval(() => this.tick(), this.limits.tickMs);
    this.pinging ??= setInterval(() => this.ping(), this.limits.pingMs);
    this.state.refresh();
    client.tick();
  }

  /** Cuts all pages off. */
  close(): void {
    this.stopListening();
    for (const { socket } of this.pages) {
      socket.close(1001, "micro dev ends");
      // A page that does not answer must not keep it from ending.
      setTimeout(() => socket.terminate(), closeLimitMs).unref();
    }
    this.stopClocks();
  }

  private onMessage({ session, socket }: Page, data: RawData, isBinary: boolean): void {
    if (isBinary) socket.close(1003, "requests are texts");
    else session.take(String(data));
  }

  private remove(page: Page): void {
    this.pages.delete(page);
    page.session.close();
    if (this.pages.size === 0) this.stopClocks();
  }

  private tick(): void {
    this.state.refresh();
    for (const { client } of this.pages) client.tick();
  }

  private ping(): void {
    for (const page of this.pages) {
      if (!page.isAlive) page.socket.terminate();
      page.isAlive = false;
      page.socket.ping();
    }
  }

  private onEvent({ type }: NumberedEvent): void {
    if (type !== "log") for (const { client } of this.pages) client.urgent();
  }

  private stopClocks(): void {
    clearInterval(this.ticking);
    clearInterval(this.pinging);
    this.ticking = undefined;
    this.pinging = undefined;
  }
}

const closeLimitMs = 500;

interface Page {
  readonly socket: WebSocket;
  readonly client: LiveClient;
  readonly session: Session;
  isAlive: boolean;
}

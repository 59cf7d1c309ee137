import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { DevHost } from "../dev-host.ts";
import type { Observer } from "../observe/observer.ts";
import { type PageAssets, pageAssets } from "../page/page-assets.ts";
import { createGuard, type Guard, type GuardSettings, guardedRequest, type Refusal } from "./guard.ts";
import { answerHttp, refuseSocket } from "./http-answers.ts";
import { type Listeners, listen } from "./listen.ts";
import { type SendLimits, sendLimits } from "./live-client.ts";
import { LiveHub } from "./live-hub.ts";
import { protocolName } from "./protocol.ts";
import type { RequestScope } from "./requests.ts";

/** What {@link startHub} takes. */
export interface HubOptions {
  readonly host: DevHost;
  readonly observer: Observer;
  /** Default 8083, or any free one when that is taken. 0 is any free one; another one that is taken is an error. */
  readonly port?: number;
  /** Names besides `localhost`, `*.localhost` and the loopback addresses that the page may be opened under. */
  readonly allowedHosts?: readonly string[];
  /**
   * An address to listen on instead of loopback, such as `0.0.0.0`. Whoever reaches it and has the token can run the
   * services' methods. Where it stands for every address, the names that the page is opened under belong into
   * `allowedHosts`.
   */
  readonly dangerousHost?: string;
  /** Starts where `NODE_ENV` is `production` too. Default false. */
  readonly force?: boolean;
  /** Where `NODE_ENV`, `VISUAL` and `EDITOR` are read. Default the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @internal For tests that leave a check out. */
  readonly guard?: Guard;
  /** @internal For tests that do not want to fill megabytes. */
  readonly limits?: Partial<HubLimits>;
}

/** The limits of a hub; times are milliseconds. */
export interface HubLimits extends SendLimits {
  /** Pages that are open at once. */
  readonly clients: number;
  /** Connections for each address that is listened on. */
  readonly connections: number;
  readonly headerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** How often changes are told. */
  readonly tickMs: number;
  /** How often a page is asked whether it is there; one that does not answer until the next time is cut off. */
  readonly pingMs: number;
}

const defaultLimits: HubLimits = Object.freeze({
  ...sendLimits,
  clients: 16,
  connections: 128,
  headerTimeoutMs: 10_000,
  idleTimeoutMs: 5000,
  tickMs: 500,
  pingMs: 30_000,
});

/** A page that is served. */
export interface Hub {
  /** `127.0.0.1:8083` */
  readonly address: string;
  /** The address of the page with its token, which lets in whoever has it: for the terminal, not for logs. */
  readonly pageUrl: string;
  /** What to warn of; `undefined` when only this machine can connect. */
  readonly warning: string | undefined;
  /** Ends everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the page and the live event stream of a host.
 *
 * @example
 * const observer = new Observer();
 * const host = await startHost({ …, startKernel: withPlugin(observer.plugin()) });
 * const { pageUrl, close } = await startHub({ host, observer });
 *
 * @throws Error in production unless forced, and when a chosen port is taken
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { env = process.env, allowedHosts = [], dangerousHost } = options;
  if (env.NODE_ENV === "production" && options.force !== true) {
    throw new Error("the page runs whatever method it is asked to, so it is not served where NODE_ENV is production");
  }
  const token = randomBytes(16).toString("base64url");
  const limits = { ...defaultLimits, ...options.limits };
  const scope = { host: options.host, observer: options.observer, editor: env.VISUAL || env.EDITOR || undefined };
  const own = dangerousHost === undefined || isUnspecified(dangerousHost) ? [] : [hostText(dangerousHost)];
  const names = new Set([...allowedHosts, ...own].map((name) => name.toLowerCase()));
  const server = new HubServer(scope, options.guard ?? createGuard(), limits, pageAssets());
  const listeners = await server.listen(options.port, dangerousHost, (port) => ({
    port,
    token,
    allowedHosts: names,
    isExposed: dangerousHost !== undefined,
  }));
  return { ...namesOf(listeners.port, token, options), close: () => server.close() };
}

function namesOf(port: number, token: string, { dangerousHost, allowedHosts = [] }: HubOptions): Omit<Hub, "close"> {
  const address = `${hostText(dangerousHost)}:${port}`;
  const name = isUnspecified(dangerousHost) ? (allowedHosts[0] ?? "127.0.0.1") : hostText(dangerousHost);
  return {
    address,
    pageUrl: `http://${name}:${port}/#${token}`,
    warning:
      dangerousHost === undefined
        ? undefined
        : `${address} can be reached from other machines: its token alone keeps them out`,
  };
}

function hostText(host = "127.0.0.1"): string {
  return host.includes(":") ? `[${host}]` : host;
}

function isUnspecified(host: string | undefined): boolean {
  return host === "0.0.0.0" || host === "::";
}

class HubServer {
  private readonly scope: RequestScope;
  private readonly guard: Guard;
  private readonly limits: HubLimits;
  private readonly assets: PageAssets;
  private readonly sockets: WebSocketServer;
  private readonly live: LiveHub;
  private settings: GuardSettings | undefined;
  private listeners: Listeners | undefined;
  private closing: Promise<void> | undefined;

  constructor(scope: RequestScope, guard: Guard, limits: HubLimits, assets: PageAssets) {
    this.scope = scope;
    this.guard = guard;
    this.limits = limits;
    this.assets = assets;
    this.live = new LiveHub(scope, limits);
    this.sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: 64 * 1024,
      handleProtocols: (offered) => (offered.has(protocolName) ? protocolName : false),
    });
  }

  async listen(
    port: number | undefined,
    host: string | undefined,
    settingsFor: (port: number) => GuardSettings,
  ): Promise<Listeners> {
    this.listeners = await listen(() => this.createServer(), port, host);
    this.settings = settingsFor(this.listeners.port);
    return this.listeners;
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.live.close();
    this.sockets.close();
    await this.listeners?.close();
  }

  private createServer(): Server {
    const { connections, headerTimeoutMs, idleTimeoutMs } = this.limits;
    const server = createServer({
      maxHeaderSize: 16 * 1024,
      headersTimeout: headerTimeoutMs,
      requestTimeout: 2 * headerTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, headerTimeoutMs / 2),
    });
    server.maxConnections = connections;
    server.on("request", (request, response) => this.onRequest(request, response));
    server.on("upgrade", (request, socket, head) => this.onUpgrade(request, socket, head));
    server.on("connect", (_request, socket) => refuseSocket(socket, { status: 405, reason: "no proxy" }, this.guard));
    return server;
  }

  private onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { guard, assets, scope, settings } = this;
    // Nobody knows the token before the port is known.
    if (settings === undefined) {
      request.socket.destroy();
      return;
    }
    const refusal = guard.refuse(guardedRequest(request, false), settings);
    void answerHttp({ request, response, guard, assets, scope, refusal });
  }

  private onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { guard, settings } = this;
    if (settings === undefined) {
      socket.destroy();
      return;
    }
    const refusal = guard.refuse(guardedRequest(request, true), settings) ?? this.refuseSocket(request);
    if (refusal !== undefined) {
      refuseSocket(socket, refusal, guard);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (opened) => this.live.add(opened));
  }

  private refuseSocket({ url }: IncomingMessage): Refusal | undefined {
    if (url !== "/live") return { status: 404, reason: "not found" };
    return this.live.isFull ? { status: 503, reason: "too many pages are open" } : undefined;
  }
}

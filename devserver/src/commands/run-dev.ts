import type { CommandContext, Config, Plugin } from "@micro/kernel";
import type { DevHost, DevHostOptions } from "../dev-host.ts";
import { usualPort } from "../devserver-plugin.ts";
import { DevEvents } from "../events.ts";
import type { GuestFactory } from "../host/guest.ts";
import { line, span } from "../terminal/line.ts";
import { Terminal } from "../terminal/terminal.ts";
import { watchTypes } from "../types/watch-types.ts";
import { openInspector } from "./inspector.ts";
import { openInBrowser } from "./open-in-browser.ts";

/** What the loop is made of, so that a test can break the rules that the real ones keep. */
export interface DevParts {
  startHost(options: DevHostOptions): Promise<DevHost>;
  createPage(): DevPage;
  createIsolation(events: DevEvents): DevIsolation;
}

/** What runs services in workers. */
export interface DevIsolation {
  readonly create: GuestFactory;
  /** Ends workers that nothing uses. */
  close(): Promise<void>;
}

/** The page that shows what runs. */
export interface DevPage {
  /** Looks at what goes through a kernel. */
  readonly plugin: Plugin;
  serve(host: DevHost, options: PageOptions): Promise<ServedPage>;
  /** Stops looking. */
  close(): void;
}

/** Where the page is served. */
export interface PageOptions {
  /** Its port. Without one it is the usual port, or any free one where that is taken. */
  readonly port?: number;
  readonly env: CommandContext["env"];
}

/** The page while it is served. */
export interface ServedPage {
  /** Its address, with what lets its reader in. */
  readonly pageUrl: string;
  /** What its user should know. */
  readonly warning: string | undefined;
  close(): Promise<void>;
}

/** Runs the loop until it is asked to end; then everything closes, last first. */
export async function runDev(context: CommandContext, parts: DevParts): Promise<number> {
  const session = new DevSession(context, parts);
  try {
    await session.start();
    await aborted(context.signal);
    return 0;
  } finally {
    await session.close();
  }
}

/** What one run of `micro dev` holds. */
class DevSession {
  private readonly context: CommandContext;
  private readonly parts: DevParts;
  private readonly events = new DevEvents();
  private readonly terminal: Terminal;
  private readonly closers: (() => void | Promise<void>)[] = [];
  private host: DevHost | undefined;
  private pageUrl: string | undefined;

  constructor(context: CommandContext, parts: DevParts) {
    this.context = context;
    this.parts = parts;
    const { root, env, streams, stdout } = context;
    this.terminal = new Terminal({ root, env, streams, write: stdout, actions: this.actions() });
    this.closers.push(() => this.terminal.close());
    this.closers.push(this.events.on((event) => this.terminal.show(event, event.at)));
  }

  async start(): Promise<void> {
    const { flags, root, signal } = this.context;
    this.openInspector();
    const page = this.parts.createPage();
    this.closers.push(() => page.close());
    this.host = await this.startHost(page);
    if (signal.aborted) return;
    await this.servePage(page, this.host);
    this.events.emit({ type: "ready", ms: performance.now(), page: this.pageUrl });
    if (this.host.services.length === 0)
      this.note('no file matches "services" of micro.config.ts yet, as in ["services/*.ts"]');
    this.terminal.listen();
    if (flags.open === true) this.open();
    if (flags.no_types !== true) this.closers.push(watchTypes(root, this.events, (text) => this.note(text)));
  }

  /** Idempotent; what fails to close keeps nothing else open. */
  async close(): Promise<void> {
    for (const closer of this.closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        this.context.stderr(`micro: ${messageOf(error)}\n`);
      }
    }
  }

  private openInspector(): void {
    const { flags } = this.context;
    if (flags.inspect !== true) return;
    const { url, close } = openInspector(Number(flags.inspect_port));
    this.closers.push(close);
    if (url !== undefined) this.terminal.say(line(span("inspect", "good"), " ", span(url, "link")));
    else this.note("no debugger can attach: is the port of --inspect_port taken?");
  }

  private async startHost(page: DevPage): Promise<DevHost> {
    const { root, configFile, writtenConfig, env, flags, startWith } = this.context;
    const isolation = this.parts.createIsolation(this.events);
    this.closers.push(() => isolation.close());
    const host = await this.parts.startHost({
      root,
      configFile,
      config: writtenConfig,
      events: this.events,
      env,
      isolate: isolation.create,
      drainLimitMs: Number(flags.drain),
      startKernel: (config, env) => startWith(inDev(config, page.plugin), env),
    });
    this.closers.push(() => host.close());
    return host;
  }

  /** The services are worth more than the page: without it the loop goes on. */
  private async servePage(page: DevPage, host: DevHost): Promise<void> {
    const { flags, env } = this.context;
    const port = Number(flags.dev_port);
    try {
      const served = await page.serve(host, { env, ...(port === usualPort ? {} : { port }) });
      this.closers.push(() => served.close());
      this.pageUrl = served.pageUrl;
      if (served.warning !== undefined) this.terminal.say(line(span("warning", "bad"), ` ${served.warning}`));
    } catch (error) {
      this.terminal.say(line(span("warning", "bad"), ` there is no page: ${messageOf(error)}`));
    }
  }

  private actions(): ConstructorParameters<typeof Terminal>[0]["actions"] {
    return {
      reload: () => void this.host?.reload(),
      open: () => this.open(),
      // In raw mode the terminal makes no signals of keys, and the program waits for just these.
      quit: () => void process.kill(process.pid, "SIGINT"),
      suspend: () => void (process.platform === "win32" || process.kill(0, "SIGTSTP")),
    };
  }

  private open(): void {
    if (this.pageUrl === undefined) this.note("there is no page to open");
    else openInBrowser(this.pageUrl, (message) => this.note(message));
  }

  private note(text: string): void {
    this.terminal.say(line(span(text, "dim")));
  }
}

/** Code that is being written is not for the network, unless an address says so. */
function inDev(config: Config, plugin: Plugin): Config {
  const settings = { server_address: "127.0.0.1:0", broker_address: "127.0.0.1:0", ...config.settings };
  return { ...config, settings, plugins: [...(config.plugins ?? []), plugin] };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A question that came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly at: number;
}

/** Answers in a way of its own and says so, or leaves it. */
export type Rule = (asked: Asked, response: ServerResponse, request: IncomingMessage) => boolean;

/**
 * A server that looks like Consul and keeps its rules, until a test gives it another: for what no real one does. It
 * holds services by name, and an index that grows with each change.
 */
export class FakeConsul {
  readonly asked: Asked[] = [];
  rule: Rule = () => false;
  index = 100;
  readonly #services = new Map<string, readonly object[]>();
  readonly #held = new Set<() => void>();
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));
  connections = 0;
  mostConnections = 0;

  async open(): Promise<void> {
    this.#server.on("connection", (socket) => {
      this.connections++;
      this.mostConnections = Math.max(this.mostConnections, this.connections);
      socket.once("close", () => this.connections--);
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sets the nodes of a service as Consul answers them, and lets held questions return. */
  set(name: string, entries: readonly object[]): void {
    this.#services.set(name, entries);
    this.index++;
    this.release();
  }

  /** Lets held questions return, change or not. */
  release(): void {
    for (const resume of this.#held) resume();
    this.#held.clear();
  }

  /** The questions for a path. */
  askedFor(path: string): readonly Asked[] {
    return this.asked.filter((asked) => asked.path === path);
  }

  /** Cuts all connections. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.release();
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const path = decodeURIComponent(url.pathname);
    const asked = { method: request.method ?? "", path, query: url.searchParams, at: performance.now() };
    this.asked.push(asked);
    request.resume();
    if (this.rule(asked, response, request)) return;
    const known = Number(asked.query.get("index") ?? 0);
    if (known >= this.index) await new Promise<void>((resolve) => this.#held.add(resolve));
    send(response, this.#bodyOf(path), this.index);
  }

  #bodyOf(path: string): unknown {
    if (path === "/v1/status/leader") return "127.0.0.1:8300";
    if (path === "/v1/catalog/services")
      return Object.fromEntries([...this.#services.keys()].map((name) => [name, ["v=1"]]));
    const [, name] = /^\/v1\/health\/service\/(.*)$/.exec(path) ?? [];
    return name === undefined ? [] : (this.#services.get(name) ?? []);
  }
}

/** Answers with JSON and an index. */
export function send(response: ServerResponse, body: unknown, index: number | string): void {
  response.writeHead(200, { "Content-Type": "application/json", "X-Consul-Index": String(index) });
  response.end(JSON.stringify(body));
}

/** Runs with a fake and closes it. */
export async function withFake(run: (fake: FakeConsul) => Promise<void>): Promise<void> {
  const fake = new FakeConsul();
  await fake.open();
  try {
    await run(fake);
  } finally {
    await fake.close();
  }
}

/** A node as Consul answers it. */
export function entryOf(service: string, id: string, more: object = {}): object {
  const Service = { ID: id, Service: service, Tags: ["v=1"], Address: "10.0.0.1", Port: 80, ...more };
  return { Node: { Address: "10.9.9.9" }, Service, Checks: [{ Status: "passing" }] };
}

import { connect } from "node:net";
import {
  type Config,
  createMemoryNetwork,
  type MemoryNetwork,
  memory,
  type ServiceDefinition,
  startKernel,
} from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { WebSocket } from "ws";
import { allChecks, createGuard } from "../../src/hub/guard.ts";
import { type Hub, type HubOptions, startHub } from "../../src/hub/index.ts";
import { protocolName, type ServerFrame } from "../../src/hub/protocol.ts";
import { Observer } from "../../src/observe/index.ts";
import { FakeHost, greeter } from "./observed.ts";

export const limitMs = 5000;

/** A hub around a kernel that serves the greeter. */
export interface Served {
  readonly hub: Hub;
  readonly host: FakeHost;
  readonly observer: Observer;
  readonly port: number;
  readonly token: string;
}

/** What a test changes of a hub. */
export type Changes = Partial<Omit<HubOptions, "host" | "observer">> & {
  /** The check that is left out of the guard. */
  readonly without?: string | undefined;
  readonly services?: readonly ServiceDefinition[];
  /** Of the kernel, besides its services. */
  readonly config?: Config;
  /** Where others announce services. */
  readonly network?: MemoryNetwork;
};

/** Runs a test with a hub, and closes it behind it. */
export async function withHub(changes: Changes, run: (served: Served) => Promise<void>): Promise<void> {
  const { without, services = [greeter], config = {}, network = createMemoryNetwork(), ...options } = changes;
  const observer = new Observer();
  const kernel = await startKernel({
    ...config,
    plugins: [memory({ network }), ...(config.plugins ?? []), observer.plugin()],
    services,
  });
  const host = new FakeHost(kernel);
  const guard = createGuard(allChecks.filter(({ name }) => name !== without));
  const hub = await startHub({ port: 0, env: {}, guard, ...options, host, observer });
  try {
    const { port, hash } = new URL(hub.pageUrl);
    await run({ hub, host, observer, port: Number(port), token: hash.slice(1) });
  } finally {
    await within(limitMs, "the end of the hub", hub.close());
    observer.close();
    await kernel.stop();
  }
}

/** What came back over a socket. */
export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes as they are and reads the head of the answer, and what came with it. */
export function sendRaw(
  port: number,
  text: string,
  options: { host?: string; localAddress?: string } = {},
): Promise<RawAnswer> {
  const answer = new Promise<RawAnswer>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", ...options }, () => socket.write(text));
    let received = "";
    const done = (): void => {
      socket.destroy();
      resolve(parse(received));
    };
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      received += chunk;
      if (received.includes("\r\n\r\n")) setTimeout(done, 20);
    });
    socket.on("end", done);
    socket.on("error", reject);
  });
  return within(limitMs, "the answer", answer);
}

function parse(text: string): RawAnswer {
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s);
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines
    .map((line) => line.split(/: (.*)/s))
    .map(([name = "", value = ""]) => [name.toLowerCase(), value]);
  return { status: Number(first.split(" ")[1] ?? 0), headers: Object.fromEntries(headers), body };
}

/** A request as text. */
export function requestText(line: string, headers: Readonly<Record<string, string>>, body = ""): string {
  const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** A page that reads everything. */
export class TestPage {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  /** The code that it was closed with. */
  readonly closed: Promise<number>;

  constructor(port: number, token: string, options: { maxPayload?: number } = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/live`, [protocolName, `token.${token}`], options);
    this.socket.on("message", (data) => this.frames.push(JSON.parse(String(data)) as ServerFrame));
    this.closed = new Promise((resolve) => this.socket.on("close", resolve));
    this.socket.on("error", () => {});
  }

  /** Resolves when it is open. */
  async open(): Promise<this> {
    await within(limitMs, "the page", new Promise((resolve) => this.socket.once("open", resolve)));
    return this;
  }

  send(request: unknown): void {
    this.socket.send(typeof request === "string" ? request : JSON.stringify(request));
  }

  /** Waits for a frame. */
  async find<Type extends ServerFrame["type"]>(
    type: Type,
    isIt: (frame: Extract<ServerFrame, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<ServerFrame, { type: Type }>> {
    const found = (): ServerFrame | undefined => this.frames.find((one) => one.type === type && isIt(one as never));
    await eventually(limitMs, `a ${type} frame`, () => found() !== undefined);
    return found() as never;
  }

  /** Asks and waits for the answer: its value, or its error. */
  async ask(request: {
    id: number;
    [name: string]: unknown;
  }): Promise<{ value?: unknown; code?: number; detail?: string }> {
    this.send(request);
    const reply = await this.find("reply", ({ id }) => id === request.id);
    return reply.ok ? { value: reply.value } : { code: reply.error.code, detail: reply.error.detail };
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Runs a test with a page that is open. */
export async function withPage(
  changes: Changes,
  run: (page: TestPage, served: Served) => Promise<void>,
): Promise<void> {
  await withHub(changes, async (served) => {
    const page = await new TestPage(served.port, served.token).open();
    try {
      await run(page, served);
    } finally {
      page.close();
    }
  });
}

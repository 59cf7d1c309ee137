// Bytes of real go-micro programs: ours are the same where theirs cannot be otherwise, and theirs are understood.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { type CallOptions, type Kernel, MicroError, memory, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import { type Capture, type HttpMessage, readCaptures, splitMessages } from "../src/captures.ts";
import type { GoRelease } from "../src/go-peer.ts";
import { schemasOf } from "../src/greeter-messages.ts";
import greeter from "../src/greeter-with-schemas.ts";

for (const release of ["0.1", "1.18"] as const) {
  testClient(release);
  testServer(release);
}

function testClient(release: GoRelease): void {
  const test = suite<{ kernel: Kernel }>(`our client as that of go-micro ${release}`);
  test.before(startKernelInto);
  test.after(({ kernel }) => kernel.stop());

  for (const capture of readCaptures(release)) {
    test(`${titleOf(capture)}: the same requests, and the answers are read`, async ({ kernel }) => {
      const { requests, outcome } = await replay(kernel, capture, release);

      assert.deepEqual(comparable(capture.method, requests), comparable(capture.method, capture.requests));
      assert.deepEqual(outcome, expectedOutcome(capture));
    });
  }

  test.run();
}

function testServer(release: GoRelease): void {
  const test = suite<{ kernel: Kernel }>(`our server as that of go-micro ${release}`);
  test.before(startKernelInto);
  test.after(({ kernel }) => kernel.stop());

  for (const capture of readCaptures(release)) {
    test(`${titleOf(capture)}: the same replies`, async ({ kernel }) => {
      const replies = await ask(kernel, capture);

      assert.deepEqual(replies.map(ownPart), capture.replies.map(ownPart));
    });
  }

  test.run();
}

async function startKernelInto(context: { kernel: Kernel }): Promise<void> {
  const flags = { registry: "memory", transport: "http", server_address: "127.0.0.1:0" };
  context.kernel = await startKernel({ plugins: [standard(), codecProtoRpc(), memory()] }, { flags });
  await context.kernel.serve(greeter);
}

/** Lets our client do what the captured one did, and answers with what the captured server said. */
async function replay(
  { client }: Kernel,
  capture: Capture,
  release: GoRelease,
): Promise<{ readonly requests: readonly HttpMessage[]; readonly outcome: unknown }> {
  const { method, contentType } = capture;
  const server = await CapturedServer.listen(capture);
  const options: CallOptions = {
    ...schemasOf(method),
    contentType,
    address: server.address,
    ...(release === "1.18" && { protocol: "mucp" }),
    metadata: metadataOf(capture),
    timeout: "5s",
  };
  try {
    const run = isStream(method) ? runStream : runCall;
    const outcome = await within(5000, "the outcome", run(client, method, options, capture.replies.length));
    return { requests: await within(5000, "the requests", server.untilRequests()), outcome };
  } finally {
    server.close();
  }
}

type Client = Kernel["client"];

async function runCall(client: Client, method: string, options: CallOptions): Promise<unknown> {
  try {
    const { msg } = await client.call<{ msg: string }>("go.micro.srv.greeter", method, { name: "John" }, options);
    return { msg };
  } catch (error) {
    return MicroError.is(error) ? { code: error.code, detail: error.detail } : error;
  }
}

async function runStream(client: Client, method: string, options: CallOptions, replies: number): Promise<unknown> {
  const input = method === "Say.Stream" ? { count: 2n } : undefined;
  const stream = client.stream<{ n: bigint }>("go.micro.srv.greeter", method, input, options);
  if (input === undefined) for (const n of [0n, 1n]) await stream.send({ n });
  stream.end();
  const items: unknown[] = [];
  for (let count = 0; count < replies; count++) {
    const item = await stream.receive();
    items.push(item === undefined ? "end" : Number(item.n));
  }
  return items;
}

/** A server that says what a captured one said, as soon as it has got what that one had got. */
class CapturedServer {
  readonly address: string;
  private readonly capture: Capture;
  private readonly server: Server;
  private readonly sockets: Socket[] = [];
  private heard = "";
  private onHeard = (): void => {};

  static async listen(capture: Capture): Promise<CapturedServer> {
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CapturedServer(server, capture);
  }

  private constructor(server: Server, capture: Capture) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    this.address = `127.0.0.1:${address.port}`;
    this.server = server;
    this.capture = capture;
    server.on("connection", (socket) => this.hear(socket));
  }

  /** Everything that it was asked. */
  async untilRequests(): Promise<readonly HttpMessage[]> {
    const { length } = this.capture.requests;
    while (splitMessages(this.heard).length < length) {
      await new Promise<void>((resolve) => {
        this.onHeard = resolve;
      });
    }
    return splitMessages(this.heard);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private hear(socket: Socket): void {
    this.sockets.push(socket);
    const { requests, replies } = this.capture;
    const questions = requests.filter(({ header }) => header["Micro-Error"] === undefined).length;
    let hasAnswered = false;
    socket.setEncoding("latin1").on("error", () => {});
    socket.on("data", (text: string) => {
      this.heard += text;
      if (!hasAnswered && splitMessages(this.heard).length >= questions) {
        hasAnswered = true;
        socket.write(replies.map((reply) => reply.text).join(""), "latin1");
      }
      this.onHeard();
    });
  }
}

/** Says to our server what the captured client said, and returns as many replies as that one got. */
async function ask({ services }: Kernel, { requests, replies }: Capture): Promise<readonly HttpMessage[]> {
  const [host, port] = (services[0]?.address ?? "").split(":");
  const socket = connect(Number(port), host);
  try {
    let heard = "";
    socket.setEncoding("latin1").write(requests.map(({ text }) => text).join(""), "latin1");
    const untilAll = async (): Promise<void> => {
      for await (const text of socket) {
        heard += text;
        if (splitMessages(heard).length >= replies.length) return;
      }
    };
    await within(5000, "the replies", untilAll());
    return splitMessages(heard).slice(0, replies.length);
  } finally {
    socket.destroy();
  }
}

/** Requests without what may be otherwise. */
function comparable(method: string, requests: readonly HttpMessage[]): readonly unknown[] {
  const [opening, ...items] = requests.map(withoutNames);
  // Of what opens a stream only the method is read; without an input our client says nothing else there.
  return [method === "Say.Echo" ? { ...opening, body: undefined } : opening, ...items];
}

/** A request without the names of programs, the framing of an empty body, and the numbers of exchanges. */
function withoutNames({ start, header, body }: HttpMessage): object {
  const { Host, "User-Agent": agent, Accept, "Content-Length": length, "Transfer-Encoding": coding, ...own } = header;
  const { "Micro-Id": id, "Micro-Stream": stream, ...rest } = own;
  const hasStream = stream !== undefined;
  return { start, header: rest, hasId: id !== undefined, hasStream, isSameId: !hasStream || stream === id, body };
}

/**
 * What a server itself says in a reply. go-micro sends back what it was asked with: as headers, and in the metadata of
 * Say.Hello.
 */
function ownPart({ start, header, body }: HttpMessage): unknown {
  const { "Content-Type": contentType, "Micro-Id": id, "Micro-Stream": stream, "Micro-Error": error } = header;
  return { start, contentType, id, stream, error: withoutMethod(error), body: withoutMethod(withoutMetadata(body)) };
}

// In proto-rpc the length of the whole value stands before it.
function withoutMetadata(body: string): string {
  return body.replace(/,"metadata":[\s\S]*$/, "").replace(/(?:[\s\S]{4})?(\n\nHello John)[\s\S]*$/, "$1");
}

// Ours is JSON with a code and does not repeat the name; both have these words.
function withoutMethod(text: string | undefined): string | undefined {
  const [words] = /rpc: can't find method/.exec(text ?? "") ?? [];
  return words ?? text;
}

function expectedOutcome({ method, replies }: Capture): unknown {
  if (method === "Say.Hello") return { msg: "Hello John" };
  if (method === "Say.Fail") return { code: 404, detail: "no such name: John" };
  if (method === "Say.Stream") return [0, 1, "end"];
  if (method === "Say.Echo") return [0, 1];
  const [detail] = /rpc: can't find method [\w.]+/.exec(replies[0]?.text ?? "") ?? [];
  return { code: 404, detail };
}

function isStream(method: string): boolean {
  return method === "Say.Stream" || method === "Say.Echo";
}

/** What the captured client sent beside its values. */
function metadataOf({ requests }: Capture): Readonly<Record<string, string>> {
  const entries = Object.entries(requests[0]?.header ?? {});
  return Object.fromEntries(entries.filter(([name]) => /^X-|^Micro-From-Service$/.test(name)));
}

function titleOf({ method, contentType }: Capture): string {
  return `${method} in ${contentType}`;
}

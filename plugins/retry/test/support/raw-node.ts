import { createServer, type Server, type Socket } from "node:net";

/** What a node does with a request. The first word says how far it lets it come. */
export type Conduct =
  | "answers"
  | "closes on accept"
  | "closes after the head"
  | "runs and closes"
  | "runs and breaks off"
  | "runs and says 503"
  | "runs and says 504"
  | "runs and answers nonsense"
  | "runs and fails with 500"
  | "runs and fails with 404"
  | "runs and fails with 503"
  | "runs and hands on a 503"
  | "refuses with 503"
  | "refuses with 421"
  | "refuses for a second"
  | "refuses for an hour";

const replies: Readonly<Partial<Record<Conduct, string>>> = {
  answers: reply(200, envelope('{"msg":"hello"}', "null")),
  "runs and breaks off": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
  "runs and says 503": reply(503, "busy"),
  "runs and says 504": reply(504, "late"),
  "runs and answers nonsense": "nonsense\r\n\r\n",
  "runs and fails with 500": failure(500, "greeter"),
  "runs and fails with 404": failure(404, "greeter"),
  "runs and fails with 503": failure(503, "greeter"),
  "runs and hands on a 503": failure(503, "further.down"),
  "refuses with 503": reply(503, "draining", "Micro-Not-Processed: 1\r\n"),
  "refuses with 421": reply(421, "misdirected", "Micro-Not-Processed: 1\r\n"),
  "refuses for a second": reply(503, "busy", "Micro-Not-Processed: 1\r\nRetry-After: 1\r\n"),
  "refuses for an hour": reply(503, "busy", "Micro-Not-Processed: 1\r\nRetry-After: 3600\r\n"),
};

/** A server of the 2016 wire on a plain socket, which keeps a ledger of what it ran. */
export class RawNode {
  /** How often each id was run, over all nodes that share it. */
  readonly ledger: Map<string, number>;
  /** How many requests came, run or not. */
  requests = 0;
  conduct: () => Conduct;
  /** What it does with a further request on a connection; the same as with the first when absent. */
  onKept: (() => Conduct) | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(conduct: () => Conduct, ledger: Map<string, number>) {
    this.conduct = conduct;
    this.ledger = ledger;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async listen(conduct: Conduct | (() => Conduct), ledger: Map<string, number> = new Map()): Promise<RawNode> {
    const node = new RawNode(typeof conduct === "function" ? conduct : () => conduct, ledger);
    await new Promise<void>((resolve) => node.#server.listen(0, "127.0.0.1", resolve));
    return node;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** How often anything was run. */
  get runs(): number {
    return [...this.ledger.values()].reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    let text = "";
    let conduct: Conduct | undefined = this.conduct();
    if (conduct === "closes on accept") socket.resetAndDestroy();
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      conduct ??= (this.onKept ?? this.conduct)();
      if (conduct === "closes after the head" && text.includes("\r\n\r\n")) socket.resetAndDestroy();
      for (
        let end = endOfMessage(text);
        end > 0 && conduct !== undefined && !socket.destroyed;
        end = endOfMessage(text)
      ) {
        this.#run(socket, text.slice(text.indexOf("\r\n\r\n"), end), conduct);
        text = text.slice(end);
        conduct = undefined;
      }
    });
  }

  #run(socket: Socket, body: string, conduct: Conduct): void {
    this.requests++;
    const { id = "none" } = (JSON.parse(body) as { params: [{ id?: string }] }).params[0];
    if (!conduct.startsWith("refuses")) this.ledger.set(id, (this.ledger.get(id) ?? 0) + 1);
    const bytes = replies[conduct];
    if (bytes === undefined) socket.resetAndDestroy();
    else socket.write(bytes, () => conduct !== "answers" && socket.end());
  }
}

/** Where the first message ends, 0 while it is not there. */
function endOfMessage(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  const end = headEnd + Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1]);
  return headEnd > 3 && text.length >= end ? end : 0;
}

function reply(status: number, body: string, headers = ""): string {
  return `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
}

function failure(code: number, id: string): string {
  return reply(200, envelope("null", JSON.stringify(JSON.stringify({ id, code, detail: "no", status: "X" }))));
}

function envelope(result: string, error: string): string {
  return `{"id":0,"result":${result},"error":${error}}`;
}

import { createServer, type Socket } from "node:net";
import { within } from "@micro/kernel/testing";
import { replyBytes, takeBody } from "./framed.ts";

/** How the server answers, as the first word of a request says. */
export type Manner =
  /** At once and in one piece. */
  | "plain"
  /** Some milliseconds later. */
  | "late"
  /** In two pieces, milliseconds apart. */
  | "split"
  /** With bytes behind the body that look like the answer to somebody else. */
  | "long"
  /** With the first half of it, and no more. */
  | "half"
  /** Not at all. */
  | "never";

/** A server on real sockets that breaks rules when it is asked to. It answers `late 7` with `answer to late 7`. */
export class UnrulyServer {
  readonly address: string;
  /** Every socket that was ever accepted. */
  readonly sockets: Socket[] = [];
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.address = `127.0.0.1:${port}`;
    this.#close = close;
  }

  static async listen(): Promise<UnrulyServer> {
    const server = createServer({ noDelay: true });
    await within(5000, "listening", new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
    const unruly = new UnrulyServer(
      (server.address() as { port: number }).port,
      () => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    server.on("connection", (socket) => unruly.#serve(socket));
    return unruly;
  }

  /** How many connections are open. */
  get open(): number {
    return this.sockets.filter(({ destroyed }) => !destroyed).length;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await within(5000, "closing", this.#close());
  }

  #serve(socket: Socket): void {
    this.sockets.push(socket);
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      text += String(chunk);
      for (let request = takeBody(text); request !== undefined; request = takeBody(text)) {
        text = request.rest;
        answer(socket, request.body);
      }
    });
  }
}

function answer(socket: Socket, body: string): void {
  const manner = body.split(" ")[0] as Manner;
  const reply = replyBytes(`answer to ${body}`);
  const half = reply.length >> 1;
  if (manner === "plain") socket.write(reply);
  if (manner === "late") setTimeout(() => socket.write(reply), 3);
  if (manner === "split") setTimeout(() => socket.write(reply.slice(half)), 2);
  if (manner === "split" || manner === "half") socket.write(reply.slice(0, half));
  if (manner === "long") socket.write(reply + replyBytes("answer to nobody"));
}

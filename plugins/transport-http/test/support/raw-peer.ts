import { connect, createServer, type Server, type Socket } from "node:net";
import { until, within } from "./within.ts";

/** A client that writes what it is told, byte for byte, and keeps what comes. */
export class RawClient {
  readonly socket: Socket;
  text = "";
  isEnded = false;
  isClosed = false;
  error: Error | undefined = undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.text += chunk;
    });
    socket.on("end", () => {
      this.isEnded = true;
    });
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("error", (error) => {
      this.error = error;
    });
  }

  static async connect(address: string): Promise<RawClient> {
    const [host, port] = splitAddress(address);
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    await within(5000, "connecting", new Promise<void>((resolve) => socket.once("connect", resolve)));
    return new RawClient(socket);
  }

  write(bytes: string | Uint8Array): void {
    if (typeof bytes === "string") this.socket.write(bytes, "latin1");
    else this.socket.write(bytes);
  }

  /** Writes the bytes in pieces, each in a segment of its own as far as the kernel lets us. */
  async drip(bytes: string | Uint8Array, size = 1): Promise<void> {
    const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, n) =>
      all.subarray(n * size, (n + 1) * size),
    );
    await writePieces(this.socket, pieces);
  }

  async saw(text: string): Promise<void> {
    await until(`"${text}" to come, not only "${this.text.slice(0, 200)}"`, () => this.text.includes(text));
  }

  /** Everything that came, once the peer has said its last. */
  async rest(): Promise<string> {
    await until("the end of the peer's bytes", () => this.isEnded || this.isClosed);
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A server that hands each connection to the test. */
export class RawServer {
  readonly address: string;
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  static async listen(onSocket: (socket: Socket, index: number) => void): Promise<RawServer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const raw = new RawServer(server);
    server.on("connection", (socket) => {
      raw.sockets.push(socket);
      socket.on("error", () => {});
      onSocket(socket, raw.sockets.length - 1);
    });
    return raw;
  }

  /** A server that answers the first bytes of each connection with these. */
  static answering(reply: string | Uint8Array, then: "keep" | "end" | "reset" = "keep"): Promise<RawServer> {
    return RawServer.listen((socket) => {
      socket.once("data", () => {
        socket.write(typeof reply === "string" ? Buffer.from(reply, "latin1") : reply, () => {
          if (then === "end") socket.end();
          if (then === "reset") socket.resetAndDestroy();
        });
      });
    });
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

/** Writes pieces, each in a turn of its own. */
export async function writePieces(socket: Socket, pieces: Iterable<string | Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function splitAddress(address: string): [host: string, port: number] {
  const at = address.lastIndexOf(":");
  return [address.slice(0, at).replace(/^\[|\]$/g, ""), Number(address.slice(at + 1))];
}

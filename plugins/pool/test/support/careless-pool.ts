import { connect, type Socket } from "node:net";
import { type DialTarget, splitAddress } from "@micro/kernel";
import { requestBytes, takeBody } from "./framed.ts";

/**
 * What a pool of sockets is without care, for comparison: it keeps every socket whatever happened on it, until the
 * server closes it, and takes the next reply that comes for the answer to the last request.
 */
export class CarelessPool {
  readonly #idle: CarelessSocket[] = [];
  readonly #all: CarelessSocket[] = [];

  async call({ address, cancellation }: DialTarget, body: string): Promise<string> {
    const connection = this.#idle.pop() ?? this.#dial(address);
    try {
      return await connection.ask(body, (stop) => cancellation?.add({ abort: stop }));
    } finally {
      if (!connection.socket.destroyed) this.#idle.push(connection);
    }
  }

  /** How many sockets are open. */
  get open(): number {
    return this.#all.filter(({ socket }) => !socket.destroyed).length;
  }

  close(): void {
    for (const { socket } of this.#all) socket.destroy();
  }

  #dial(address: string): CarelessSocket {
    const { host, port } = splitAddress(address);
    const connection = new CarelessSocket(connect({ host, port: Number(port) }));
    this.#all.push(connection);
    return connection;
  }
}

class CarelessSocket {
  readonly socket: Socket;
  #text = "";
  #onBytes: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.#text += String(chunk);
      this.#onBytes();
    });
    socket.on("close", () => this.#onBytes());
  }

  ask(body: string, onStop: (stop: (reason: unknown) => void) => void): Promise<string> {
    this.socket.write(requestBytes(body));
    return new Promise((resolve, reject) => {
      onStop(reject);
      this.#onBytes = () => {
        const reply = takeBody(this.#text);
        if (reply === undefined) {
          if (this.socket.destroyed) reject(new Error("lost"));
          return;
        }
        this.#text = reply.rest;
        resolve(reply.body);
      };
      this.#onBytes();
    });
  }
}

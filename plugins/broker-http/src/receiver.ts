import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MicroError } from "@micro/kernel";
import { answerError, answerTaken } from "./answer.ts";
import { Budget } from "./budget.ts";
import { checkHead } from "./check-head.ts";
import { errorId, tooFarBehind, unknownSubscription } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import { listen } from "./listen.ts";
import type { ResolvedBrokerOptions } from "./options.ts";
import { readBody } from "./read-body.ts";
import { readMessage } from "./read-message.ts";
import type { HttpBrokerStats } from "./stats.ts";
import type { ThrottledLog } from "./throttled-log.ts";

/** The listener of a broker: takes what is posted and puts it into the inbox that it is for. */
export class Receiver {
  /** What was bound, `host:port`. */
  readonly address: string;
  readonly #server: Server;
  readonly #maxBytes: number;
  readonly #receiving: Budget;
  readonly #stats: HttpBrokerStats;
  readonly #log: ThrottledLog;
  readonly #inboxes = new Map<string, Inbox>();
  readonly #sockets = new Set<Socket>();
  #isClosing = false;

  private constructor(
    { server, address }: { readonly server: Server; readonly address: string },
    { limits }: ResolvedBrokerOptions,
    stats: HttpBrokerStats,
    log: ThrottledLog,
  ) {
    this.address = address;
    this.#server = server;
    this.#maxBytes = limits.maxBytes;
    this.#receiving = new Budget(Number.POSITIVE_INFINITY, limits.receivingBytes);
    this.#stats = stats;
    this.#log = log;
    server.on("request", (request, response) => void this.#serve(request, response));
    server.on("connection", (socket: Socket) => this.#watch(socket));
    server.on("error", (error) => this.#log.warn("the listener failed", { error }));
  }

  /** @throws MicroError 500 when the address cannot be bound */
  static async open(options: ResolvedBrokerOptions, stats: HttpBrokerStats, log: ThrottledLog): Promise<Receiver> {
    return new Receiver(await listen(options.address, options.tls.listen), options, stats, log);
  }

  /** From now on, what is posted to that node id goes into the inbox. */
  add(id: string, inbox: Inbox): void {
    this.#inboxes.set(id, inbox);
  }

  remove(id: string): void {
    this.#inboxes.delete(id);
  }

  /** Stops to listen. Answers on their way get a second to leave. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#destroySockets(), closeLimitMs);
    await closed;
    clearTimeout(timer);
  }

  // Those in a TLS handshake, too, of which the server knows nothing yet.
  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A peer that goes away is told of by the end of its body; there is nothing to add.
    request.on("error", () => {});
    response.on("error", () => {});
    if (this.#isClosing) response.setHeader("Connection", "close");
    try {
      await this.#receive(request);
      answerTaken(response);
    } catch (error) {
      this.#refuse(request, response, MicroError.from(error, errorId));
    }
  }

  async #receive(request: IncomingMessage): Promise<void> {
    const id = checkHead(request, this.#maxBytes);
    const inbox = this.#inboxes.get(id);
    if (inbox === undefined) throw unknownSubscription();
    const bytes = await readBody(request, this.#maxBytes, this.#receiving);
    const { topic, message } = readMessage(bytes);
    if (topic !== inbox.topic) throw unknownSubscription();
    const outcome = inbox.take(message, bytes.byteLength);
    if (outcome === "closed") throw unknownSubscription();
    if (outcome === "full") throw tooFarBehind();
    this.#stats.received++;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: MicroError): void {
    if (error.code === 503) {
      this.#stats.overflowed++;
      this.#log.warn("messages are lost: a subscriber is too far behind", { from: request.socket.remoteAddress });
    } else {
      this.#stats.rejected++;
      this.#log.warn("a request was refused", { from: request.socket.remoteAddress, why: error.detail });
    }
    answerError(request, response, error);
  }
}

const closeLimitMs = 1000;

import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Deadline, deadlines, Expiring, lookupNode } from "@micro/kernel";
import type { Job } from "./lanes.ts";
import type { Target } from "./target.ts";

/** Why a message did not reach a subscriber. */
export interface SendFailure {
  /** In words for people. */
  readonly why: string;
  /** True when it is certain that the subscriber did not take the message. */
  readonly notProcessed: boolean;
  readonly cause?: unknown;
}

/** One message on its way to one subscriber. */
export class Post extends Expiring implements Job {
  readonly #target: Target;
  readonly #body: Buffer;
  readonly #agent: Agent;
  readonly #onEnd: (failure: SendFailure | undefined) => void;
  #request: ClientRequest | undefined;
  #isConnected = false;
  #isEnded = false;

  /** @param onEnd called once, never from within the constructor */
  constructor(
    target: Target,
    body: Buffer,
    deadline: Deadline,
    agent: Agent,
    onEnd: (failure: SendFailure | undefined) => void,
  ) {
    super();
    this.#target = target;
    this.#body = body;
    this.#agent = agent;
    this.#onEnd = onEnd;
    this.expiry = deadline;
    deadlines.add(this);
  }

  start(): void {
    try {
      this.#request = this.#open();
    } catch (cause) {
      this.#end({ why: "it cannot be asked", notProcessed: true, cause });
    }
  }

  expire(): void {
    this.abandon(this.#isConnected ? "it did not answer in time" : "it could not be reached in time");
  }

  /** Ends it unless it has ended. */
  abandon(why: string): void {
    this.#end({ why, notProcessed: !this.#isConnected });
  }

  #open(): ClientRequest {
    const { host, port, path, secure } = this.#target;
    const headers = { "Content-Type": "application/json", "Content-Length": this.#body.byteLength };
    const request = (secure ? httpsRequest : httpRequest)({
      method: "POST",
      host,
      port,
      path,
      headers,
      lookup: lookupNode,
      agent: this.#agent,
    });
    request.on("socket", (socket) => {
      if (request.reusedSocket) this.#isConnected = true;
      else socket.once(secure ? "secureConnect" : "connect", () => this.#connected());
    });
    request.on("error", (cause) => this.#lost(cause));
    request.on("response", (response) => this.#answered(response));
    return request.end(this.#body);
  }

  #connected(): void {
    this.#isConnected = true;
  }

  #lost(cause: Error): void {
    const why = this.#isConnected ? "the connection was lost" : "it could not be reached";
    this.#end({ why, notProcessed: !this.#isConnected, cause });
  }

  // The answer's body is nothing to anybody, but must be read for the connection to be used again.
  #answered(response: IncomingMessage): void {
    const failure = failureOf(response.statusCode ?? 0);
    let unread = maxAnswerBytes;
    response.on("data", ({ byteLength }: Buffer) => {
      unread -= byteLength;
      if (unread < 0) this.#end(failure);
    });
    response.on("end", () => this.#end(failure));
    response.on("error", () => this.#end(failure));
    response.on("close", () => this.#end(failure));
  }

  // After the whole answer the connection is the agent's again, and the request has nothing left to destroy.
  #end(failure: SendFailure | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    deadlines.delete(this);
    this.#request?.destroy();
    this.#onEnd(failure);
  }
}

const maxAnswerBytes = 64 * 1024;

function failureOf(status: number): SendFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  return { why: `it answered ${status}`, notProcessed: notTaken.has(status) };
}

// Nobody who answers one of these has handed the message to a handler: too large, unknown, too busy.
const notTaken: ReadonlySet<number> = new Set([404, 413, 503]);

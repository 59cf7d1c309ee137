import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from "node:http";
import { ConsulFailure } from "./errors.ts";
import type { AgentAddress, ResolvedConsulOptions } from "./options.ts";
import type { ConsulStats } from "./stats.ts";

/** A question or an order to Consul. All of them may be sent twice without harm. */
export interface ConsulRequest {
  readonly method?: "GET" | "PUT";
  /** With what is in it percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Whether Consul may hold it: these have connections of their own, so that nothing else waits behind them. */
  readonly isHeld?: boolean;
}

/** What Consul answered. */
export interface ConsulAnswer {
  /** `X-Consul-Index` as it stands there; NaN when there is none. */
  readonly index: number;
  readonly text: string;
  /** Whether Consul denies by default what no token allows, so that an empty answer may only mean "not for you". */
  readonly deniesByDefault: boolean;
}

/** HTTP to one agent of a list, over at most eight connections. */
export class HttpClient {
  readonly #options: ResolvedConsulOptions;
  readonly #stats: ConsulStats;
  readonly #underway = new Set<ClientRequest>();
  #position = 0;
  #agents: AgentPair;

  constructor(options: ResolvedConsulOptions, stats: ConsulStats) {
    this.#options = options;
    this.#stats = stats;
    this.#agents = this.#createAgents();
  }

  /** Turns to the next agent of the list, of which the first follows the last. */
  turnToNext(): void {
    if (this.#options.agents.length === 1) return;
    this.#position = (this.#position + 1) % this.#options.agents.length;
    this.#end();
    this.#agents = this.#createAgents();
  }

  /** @throws ConsulFailure whatever went wrong, but for the reason of an aborted signal */
  async send(request: ConsulRequest): Promise<ConsulAnswer> {
    request.signal?.throwIfAborted();
    this.#stats.requests++;
    try {
      return await this.#attempt(request);
    } catch (error) {
      request.signal?.throwIfAborted();
      // A kept connection that the server closed in the same moment tells nothing of the server.
      if (isStale(error)) return await this.#attempt(request).catch((again: unknown) => this.#fail(again, request));
      return this.#fail(error, request);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#end();
  }

  // An agent of Node forgets what waits for a connection when it is destroyed.
  #end(): void {
    for (const sent of this.#underway) sent.destroy(new Error("the connection was given up"));
    this.#agents.destroy();
  }

  get #agent(): AgentAddress {
    return this.#options.agents[this.#position] as AgentAddress;
  }

  #fail(error: unknown, { signal }: ConsulRequest): never {
    signal?.throwIfAborted();
    this.#stats.failures++;
    if (error instanceof ConsulFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const { host, port } = this.#agent;
    const text = code === "ECONNREFUSED" ? "nobody listens" : message;
    throw new ConsulFailure("unreachable", `Consul at ${host}:${port}: ${text}`, 0, error);
  }

  async #attempt(request: ConsulRequest): Promise<ConsulAnswer> {
    const { send, secure } = this.#agents;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const sent = send({
      ...secure,
      agent: request.isHeld === true ? this.#agents.held : this.#agents.short,
      method: request.method ?? "GET",
      path: request.path + this.#queryOf(request),
      host: this.#agent.host,
      port: this.#agent.port,
      headers: this.#headers(body),
      ...(request.signal !== undefined && { signal: request.signal }),
    });
    const timer = setTimeout(() => sent.destroy(this.#tooLate(request.timeoutMs)), request.timeoutMs);
    this.#underway.add(sent);
    try {
      const response = await responseTo(sent, body);
      return readAnswer(response, await readText(response, this.#options.limits.answerBytes));
    } finally {
      clearTimeout(timer);
      this.#underway.delete(sent);
      // After a whole answer this does nothing, and the connection is used again.
      sent.destroy();
    }
  }

  #tooLate(timeoutMs: number): ConsulFailure {
    const { host, port } = this.#agent;
    return new ConsulFailure("unreachable", `Consul at ${host}:${port} does not answer within ${timeoutMs} ms`);
  }

  #queryOf({ query = {}, method }: ConsulRequest): string {
    const { datacenter } = this.#options;
    const all = datacenter !== "" && method !== "PUT" ? { ...query, dc: datacenter } : query;
    const text = new URLSearchParams(all).toString();
    return text === "" ? "" : `?${text}`;
  }

  // Nothing of Accept-Encoding: an answer that inflates has no limit that can be seen from outside.
  #headers(body: string | undefined): Record<string, string | number> {
    const { token } = this.#options;
    return {
      Accept: "application/json",
      ...(token !== "" && { "X-Consul-Token": token }),
      ...(body !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
    };
  }

  #createAgents(): AgentPair {
    const { ca, cert, key, serverName } = this.#options.tls;
    if (!this.#agent.isSecure) return pairOf(requestHttp, Agent, {});
    const { request, Agent: SecureAgent } = process.getBuiltinModule("node:https");
    const secure = {
      rejectUnauthorized: true,
      minVersion: "TLSv1.2" as const,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { servername: serverName }),
    };
    return pairOf(request, SecureAgent, secure);
  }
}

// Together eight for a process: agents take at most 200 connections from one address.
const heldConnections = 5;
const shortConnections = 3;

interface AgentPair {
  readonly send: (options: RequestOptions) => ClientRequest;
  readonly secure: object;
  /** For what Consul holds until something changes. */
  readonly held: Agent;
  readonly short: Agent;
  destroy(): void;
}

function pairOf(
  send: (options: RequestOptions) => ClientRequest,
  Kind: new (options: { keepAlive: boolean; maxSockets: number }) => Agent,
  secure: object,
): AgentPair {
  const held = new Kind({ keepAlive: true, maxSockets: heldConnections });
  const short = new Kind({ keepAlive: true, maxSockets: shortConnections });
  const destroy = (): void => {
    held.destroy();
    short.destroy();
  };
  return { send, secure, held, short, destroy };
}

function responseTo(sent: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Stays for good: what fails after the answer began must not end the process.
    sent.on("error", (error) => reject(sent.reusedSocket ? new StaleSocket(error) : error));
    sent.once("response", resolve);
    sent.end(body);
  });
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const encoding = response.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new ConsulFailure("garbled", `it answers in ${encoding}, which nobody asked for`);
  if (Number(response.headers["content-length"]) > maxBytes) throw tooLong(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString();
}

function tooLong(maxBytes: number): ConsulFailure {
  return new ConsulFailure("garbled", `its answer is longer than ${maxBytes} bytes, limits.answerBytes`);
}

function readAnswer({ statusCode = 0, headers }: IncomingMessage, text: string): ConsulAnswer {
  if (statusCode === 200) {
    const deniesByDefault = headers["x-consul-default-acl-policy"] === "deny";
    return { index: Number(headers["x-consul-index"]), text, deniesByDefault };
  }
  const words = text.replace(/\s+/g, " ").trim().slice(0, 200);
  // The agent is there, and nobody behind it can tell: the same as none.
  const kind = statusCode >= 500 && /no (cluster leader|known consul servers)/i.test(text) ? "unreachable" : "refused";
  throw new ConsulFailure(kind, `it answers ${statusCode}${words === "" ? "" : ` "${words}"`}`, statusCode);
}

class StaleSocket extends Error {
  readonly code: string | undefined;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.code = (cause as NodeJS.ErrnoException).code;
  }
}

function isStale(error: unknown): boolean {
  return error instanceof StaleSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

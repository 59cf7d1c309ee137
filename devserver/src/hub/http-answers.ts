import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest, MicroError } from "@micro/kernel";
import type { PageAsset, PageAssets } from "../page/page-assets.ts";
import type { Guard, Refusal } from "./guard.ts";
import { answer, type RequestScope, readRequest, wireError } from "./requests.ts";

/** A request over HTTP, and what its answer is made of. */
export interface HttpAsking {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly guard: Guard;
  readonly assets: PageAssets;
  readonly scope: RequestScope;
  readonly refusal: Refusal | undefined;
}

const requestPath = "/request";
const maxBodyBytes = 64 * 1024;

/** Answers a request: with a file of the page, or with what `POST /request` asks for. Never rejects. */
export async function answerHttp(asking: HttpAsking): Promise<void> {
  const { request, assets, refusal } = asking;
  // Headers that end in the middle of an answer are no failure of ours.
  request.on("error", () => {});
  const path = request.url ?? "";
  const asset = assets.get(path);
  const allowed = asset === undefined ? "POST" : "GET, HEAD";
  if (refusal !== undefined) refuse(asking, refusal, allowed);
  else if (asset === undefined && path !== requestPath) refuse(asking, { status: 404, reason: "not found" }, allowed);
  else if (!allowed.split(", ").includes(request.method ?? "")) {
    refuse(asking, { status: 405, reason: "method not allowed" }, allowed);
  } else if (asset !== undefined) await answerAsset(asking, asset);
  else await answerRequest(asking);
}

/** Refuses on a socket that HTTP has let go of. */
export function refuseSocket(socket: Duplex, { status, reason }: Refusal, { headers }: Guard): void {
  socket.on("error", () => {});
  const lines = Object.entries({ ...headers, "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join("\r\n")}\r\nContent-Length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`);
  // One who does not close his side is not waited for.
  setTimeout(() => socket.destroy(), 1000).unref();
}

function refuse(asking: HttpAsking, { status, reason }: Refusal, allowed: string): void {
  const { response, request } = asking;
  if (status === 405) response.setHeader("Allow", allowed);
  // A body that nobody reads would be taken for the next request.
  if (request.method !== "GET" && request.method !== "HEAD") response.setHeader("Connection", "close");
  write(asking, status, { type: "text/plain; charset=utf-8", body: Buffer.from(reason) });
}

async function answerAsset(asking: HttpAsking, read: () => Promise<PageAsset>): Promise<void> {
  try {
    write(asking, 200, await read());
  } catch (error) {
    const text = `the page is not there: ${error instanceof Error ? error.message : String(error)}`;
    write(asking, 500, { type: "text/plain; charset=utf-8", body: Buffer.from(text) });
  }
}

async function answerRequest(asking: HttpAsking): Promise<void> {
  const leaving = new AbortController();
  asking.response.on("close", () => leaving.abort());
  try {
    const asked = readRequest(await readBody(asking.request));
    writeJson(asking, 200, await answer(asking.scope, asked, leaving.signal));
  } catch (error) {
    asking.response.setHeader("Connection", "close");
    const { code } = MicroError.from(error, "go.micro.dev");
    writeJson(asking, code, { type: "reply", id: 0, ok: false, error: wireError(error) });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new MicroError("go.micro.dev", 413, `a request has at most ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) throw badRequest("go.micro.dev", "the request has no body");
  return Buffer.concat(chunks).toString("utf8");
}

function writeJson(asking: HttpAsking, status: number, value: unknown): void {
  write(asking, status, { type: "application/json", body: Buffer.from(JSON.stringify(value)) });
}

function write({ request, response, guard }: HttpAsking, status: number, { type, body }: PageAsset): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...guard.headers, "Content-Type": type, "Content-Length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

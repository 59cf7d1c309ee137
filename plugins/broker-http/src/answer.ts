import type { IncomingMessage, ServerResponse } from "node:http";
import type { MicroError } from "@micro/kernel";

/** Says that the message was taken, as go-micro does: 200 and nothing. */
export function answerTaken(response: ServerResponse): void {
  response.writeHead(200, { "Content-Length": 0 }).end();
}

/** Says why the message was not taken, with the JSON of an error. What is still on its way of it is not waited for. */
export function answerError(request: IncomingMessage, response: ServerResponse, error: MicroError): void {
  if (response.destroyed) return;
  const body = JSON.stringify(error);
  const allow = error.code === 405 ? { Allow: "POST" } : {};
  const head = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...allow };
  if (request.complete) {
    response.writeHead(error.code, head).end(body);
    return;
  }
  response.writeHead(error.code, { ...head, Connection: "close" }).write(body);
  endAfterBody(request, response);
}

// To close before everything was read would reset the connection, and the peer might not see the answer.
function endAfterBody(request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.once("end", () => response.end());
  request.once("close", () => clearTimeout(timer));
  request.resume();
}

const lingerMs = 1000;

import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { within } from "@micro/kernel/testing";
import { limitMs } from "./fleet.ts";

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What to ask with; by default as go-micro does. */
export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** Asks over a connection of its own. */
export function ask(address: string, path: string, { method = "POST", headers, body = "" }: Asking): Promise<Answer> {
  const [host, port] = address.split(":");
  const asked = new Promise<Answer>((resolve, reject) => {
    const sent = request(
      { host, port, path, method, agent: false, headers: { "Content-Type": "application/json", ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
  return within(limitMs, "the answer", asked);
}

/** Writes bytes and resolves to all that came back until the other side closed. */
export function askRaw(address: string, bytes: string): Promise<string> {
  const [host, port] = address.split(":");
  const answered = new Promise<string>((resolve, reject) => {
    const socket = connect({ host: host as string, port: Number(port) }, () => socket.write(bytes));
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      text += String(chunk);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
  return within(limitMs, "the end of the connection", answered);
}

/** A subscriber of another kind: what is posted to it, and what it answers. */
export interface Foreign {
  readonly address: string;
  readonly requests: { readonly url: string; readonly contentType: string; readonly body: string }[];
  readonly server: Server;
  close(): Promise<void>;
}

/** Listens and answers everything with a status; with 0 it answers nothing. */
export async function foreign(status = 200): Promise<Foreign> {
  const requests: Foreign["requests"] = [];
  const server = createServer((incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    incoming.on("end", () => {
      requests.push({ url: incoming.url ?? "", contentType: incoming.headers["content-type"] ?? "", body });
      if (status !== 0) response.writeHead(status).end();
    });
  });
  await within(limitMs, "listening", new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

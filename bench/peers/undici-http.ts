import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import type { Peer } from "../src/peer.ts";

/** JSON over HTTP as one writes it by hand: undici's pool calls `node:http`. No discovery, no deadline, no envelope. */
export const peer: Peer = {
  async serve() {
    const server = createServer(greet).listen(0, "127.0.0.1");
    await once(server, "listening");
    const close = async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
    };
    return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
  },

  async connect(address, { poolSize }) {
    const pool = new Pool(address, { connections: poolSize });
    const headers = { "content-type": "application/json" };
    return {
      async call(name) {
        const reply = await pool.request({ path: "/", method: "POST", headers, body: JSON.stringify({ name }) });
        return ((await reply.body.json()) as { readonly msg: string }).msg;
      },
      close: () => pool.close(),
    };
  },
};

function greet(request: IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.on("data", (chunk: Buffer) => {
    body += chunk;
  });
  request.on("end", () => {
    const { name } = JSON.parse(body) as { readonly name: string };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ msg: `Hello ${name}` }));
  });
}

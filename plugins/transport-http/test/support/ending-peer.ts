// A server in a process of its own: it answers one request, ends the connection when it is told to, and then makes a
// file, which a parent that is in the middle of a turn can see.

import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";

const [end, ended] = process.argv.slice(2) as [string, string];
let client: Socket | undefined;

const server = createServer((socket) => {
  client = socket.on("error", () => undefined);
  socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
process.on("message", () => {
  client?.once("close", () => writeFileSync(ended, ""));
  if (end === "reset") client?.resetAndDestroy();
  else client?.destroy();
});
process.on("disconnect", () => process.exit());

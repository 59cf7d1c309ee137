import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as tls from "node:tls";
import type { ListenerScope } from "./scoped-process.ts";

/** The modules whose `createServer` a guest may call, with servers that end with the guest. */
export function scopeServers(scope: ListenerScope): readonly (readonly [name: string, module: object])[] {
  return Object.entries({ net, http, https, tls }).map(([name, module]) => [name, withServers(module, scope)]);
}

function withServers(module: object, scope: ListenerScope): object {
  const createServer = (...args: unknown[]): net.Server => {
    const server = (module as { createServer(...given: unknown[]): net.Server }).createServer(...args);
    const made = new Error("server");
    server.once("listening", () => scope.keep(server, "server", () => close(server), made));
    server.once("close", () => scope.drop(server));
    return server;
  };
  const own = { ...module, createServer };
  return Object.defineProperty({ ...own, default: own }, "__esModule", { value: true });
}

function close(server: net.Server): void {
  server.close();
  (server as Partial<http.Server>).closeAllConnections?.();
}

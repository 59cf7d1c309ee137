import { ConsulRegistry } from "@micro/registry-consul";
import { recordOf } from "./records.ts";

// A process of its own that registers a service, and beats until it is killed.
const [address = "", name = ""] = process.argv.slice(2);
const registry = new ConsulRegistry({ address, registerTtlMs: 1000, registerIntervalMs: 200 });
await registry.register(recordOf(name));
// Our own heartbeats keep no process alive: what serves does.
setInterval(() => {}, 60_000);

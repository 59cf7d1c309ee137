import { MdnsRegistry } from "@micro/registry-mdns";
const [mode, name, seconds] = process.argv.slice(2) as [string, string, string];
const t0 = performance.now();
const say = (...what: unknown[]) => console.log((performance.now() - t0).toFixed(0).padStart(5), ...what);
const r = new MdnsRegistry({ log: { warn: (m) => say("WARN", m) } });
r.watch((e) => say(e.action, e.service.name, e.service.version, JSON.stringify(e.service.nodes)));
const rec = { name, version: "9.9", metadata: {}, endpoints: [{ name: "Say.Hello", request: null, response: null, metadata: { stream: "false" } }], nodes: [{ id: `${name}-${process.pid}`, address: "127.0.0.1:4242", metadata: { transport: "http" } }] };
if (mode === "serve") await r.register(rec);
if (mode === "find") {
  const found = r.getService(name);
  say("sync?", Array.isArray(found)); say("found", JSON.stringify((await found).map((s) => [s.name, s.version, s.endpoints.length, s.nodes])));
  say("sync?", Array.isArray(r.getService(name)), r.getService(name) === r.getService(name));
  say("list", await r.listServices());
}
await new Promise((y) => setTimeout(y, Number(seconds) * 1000));
say("stats", JSON.stringify(Object.fromEntries(Object.entries(r.stats).filter(([, n]) => n > 0))));
await r.close();
say("closed", process.getActiveResourcesInfo());

import { goPeer } from "./src/go-peer.ts";
import { ourClient } from "./src/our-client.ts";
const go = await goPeer();
const server = await go!.serve();
for (let i = 0; i < 10; i++) {
  const c = await ourClient({ client_pool_size: "1" });
  await c.find(server.name);
  const call = (name: string, delay_ms: number, timeout: string) => c.kernel.client.call<any>(server.name, "Say.Hello", {name, delay_ms}, {timeout}).then(r => r.msg, e => String(e));
  const t = performance.now();
  const a = await call("late", 600, "200ms");
  const ta = performance.now() - t;
  const b = await call("first", 0, "5s");
  console.log(a, ta.toFixed(0), b, (performance.now() - t - ta).toFixed(0), c.dialed);
  await c.stop();
}
await server.stop();

import { bridgeTo } from "./src/bridge.ts";
import { goPeers } from "./src/go-peer.ts";
const peers = await goPeers();
const old = await peers!["0.1"].serve();
const late = await peers!["1.18"].serve();
const b1 = await bridgeTo("0.1", [late.name]);
const b2 = await bridgeTo("1.18", [old.name]);
for (const e of ["json", "proto"]) {
  for (const [p, s] of [["0.1", late], ["1.18", old]] as const) {
    console.log("=====", p, e);
    const show = async (...w: string[]) => { const t = performance.now(); try { const r = await peers![p].run(w, {limitMs: 6000}); console.log(w.join(" "), "=>", r.code, Math.round(performance.now()-t), r.stdout.trim(), r.stderr.slice(0,600)); } catch (x) { console.log(w.join(" "), "THROW", String(x)); } };
    await show("call", s.name, "Say.Hello", '{"name":"x"}', e);
    await show("call", s.name, "Say.Fail", '{"name":"x"}', e);
    await show("call", s.name, "Say.Nope", '{"name":"x"}', e);
    await show("call", s.name, "Nobody.Nope", '{"name":"x"}', e);
    await show("call", s.name, "Nope", '{"name":"x"}', e);
    await show("stream", s.name, "Say.Stream", "3", e);
    await show("stream", s.name, "Say.Stream", "0", e);
    await show("echo", s.name, "Say.Echo", "[3,0,9]", e);
    await show("echo", s.name, "Say.Echo", "[]", e);
  }
}
await b1.close(); await b2.close(); await old.stop(); await late.stop();

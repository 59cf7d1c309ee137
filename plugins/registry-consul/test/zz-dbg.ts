import { startConsul } from "/work/main/interop/src/consul-agent.ts";
import { ConsulRegistry } from "@micro/registry-consul";
const a = await startConsul(); if (!a) throw 1;
const r=new ConsulRegistry({address:a.address, minHoldMs:1500, log:{warn:(m)=>console.log('W',m),info:(m)=>console.log('I',m)}});
await a.ask("/v1/agent/service/register",{method:"PUT",body:{ID:"x1",Name:"x",Tags:["v=1"],Check:{TTL:"10m",Status:"passing"}}});
await r.getService("x");
const t=performance.now();
await a.kill(); await a.start(); console.log('started',performance.now()-t);
for(let i=0;i<4;i++){await new Promise(r=>setTimeout(r,300)); console.log(JSON.stringify(r.stats), JSON.stringify(r.getService("x")).length);}
await r.close();
await a.stop();

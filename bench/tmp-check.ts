import { create, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { avroCodec } from "@micro/codec-avro";
import { jsonRpcCodec } from "@micro/codec-json-rpc";
import { protoRpcCodec } from "@micro/codec-proto-rpc";
import { repeat } from "./src/load.ts";
import { greeting, order } from "./src/values.ts";
const t=(f:()=>unknown)=>{const g=()=>f()===undefined?0:1;repeat(g,500);return Math.round(1e9/repeat(g,800))};
for (const e of [greeting, order]) {
  const v = e.value as any; const m = create(e.message as DescMessage, v);
  console.log(e.name, "create", t(()=>create(e.message, v)), "toBinary", t(()=>toBinary(e.message, m)), "both", t(()=>toBinary(e.message, create(e.message, v))), "ours, message given", t(()=>protoRpcCodec.encode(m, e.message)));
  const want = JSON.stringify(v);
  const plain=(x:any)=>JSON.stringify(x,(k,y)=>k==="$typeName"?undefined:y);
  console.log(plain(jsonRpcCodec.decode(jsonRpcCodec.encode(v)))===want, plain(protoRpcCodec.decode(protoRpcCodec.encode(v,e.message),e.message))===want, plain(avroCodec.decode(avroCodec.encode(v,e.type),e.type))===want);
}

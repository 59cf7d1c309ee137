export { codecJsonRpc } from "./codec-json-rpc.ts";

// To use the codec alone.
export { jsonRpcCodec } from "./json-rpc-codec.ts";

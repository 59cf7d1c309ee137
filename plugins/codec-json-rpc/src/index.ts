export { codecJsonRpc } from "./codec-json-rpc.ts";

// To use the codec alone.
export { createJsonRpcCodec, type JsonRpcCodec, jsonRpcCodec, type MappingOf } from "./json-rpc-codec.ts";

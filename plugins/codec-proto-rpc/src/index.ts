export { codecProtoRpc } from "./codec-proto-rpc.ts";
export { messageSchemas } from "./message-schemas.ts";

// To use the codec alone.
export { protoRpcCodec } from "./proto-rpc-codec.ts";
export { protoMapping } from "./proto-mapping.ts";

import type { Body, Codec, Envelope } from "@micro/kernel";
import { bodyBytes } from "@micro/kernel";
import { readReply, readRequest } from "./read-envelope.ts";
import { decodeValue, encodeValue } from "./value.ts";
import { writeError, writeReply, writeRequest } from "./write-envelope.ts";

/**
 * Protobuf as go-micro writes and reads it: bare messages, and the proto-rpc envelope of 2016. It knows nothing of a
 * kernel and can be used alone.
 *
 * With a schema of protobuf-es a value is a message, or what `create` makes one of. Without one it is the bytes of a
 * message, both ways. What it reads nests at most 100 deep and has no text that is not UTF-8; fields that the schema
 * does not know are dropped, as go-micro 2016 does.
 */
export const protoRpcCodec: Codec & { readonly envelope: Envelope } = {
  name: "protobuf",
  contentTypes: ["application/protobuf", "application/proto-rpc", "application/octet-stream"],
  encode: encodeValue,
  decode,
  envelope: {
    writeRequest,
    readRequest,
    writeReply,
    writeError,
    readReply,
    value,
  },
};

function decode(body: Body, schema?: unknown): unknown {
  return decodeValue(bodyBytes(body), schema);
}

function value(payload: unknown, schema?: unknown): unknown {
  return decodeValue(payload as Uint8Array, schema);
}

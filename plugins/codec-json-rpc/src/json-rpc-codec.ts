import type { Body, Codec, Envelope } from "@micro/kernel";
import { invalidRequest } from "./errors.ts";
import { maxDepth, parseJson, readText } from "./read-json.ts";
import { readReply } from "./read-reply.ts";
import { readRequest } from "./read-request.ts";
import { writeError, writeReply, writeRequest } from "./write-envelope.ts";
import { writeJson } from "./write-json.ts";

/**
 * JSON as go-micro writes and reads it: bare values, and the JSON-RPC envelope of 2016. It needs no schema and looks
 * at none. It knows nothing of a kernel and can be used alone.
 *
 * Values are what `JSON.stringify` makes of them, and bigints become numbers. What it reads nests at most 64 deep, is
 * UTF-8 without lone surrogates, and keeps a key `__proto__` as plain data.
 */
export const jsonRpcCodec: Codec & { readonly envelope: Envelope } = {
  name: "json",
  contentTypes: ["application/json", "application/json-rpc"],
  encode,
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

// Go's encoder ends every value with a line feed.
function encode(content: unknown): Body {
  return `${writeJson(content)}\n`;
}

function decode(body: Body): unknown {
  if (body.length === 0) return {};
  try {
    return parseJson(readText(body), maxDepth);
  } catch (error) {
    throw invalidRequest(error);
  }
}

// To Go a null is the zero value of whatever type was expected, and handlers here take their request apart.
function value(payload: unknown): unknown {
  return payload ?? {};
}

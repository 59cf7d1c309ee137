import { type Body, type Codec, type Envelope, invalidRequest, type SchemaMapping } from "@micro/kernel";
import { maxDepth, parseJson, readText } from "./read-json.ts";
import { readReply } from "./read-reply.ts";
import { readRequest } from "./read-request.ts";
import { writeError, writeReply, writeRequest } from "./write-envelope.ts";
import { writeJson } from "./write-json.ts";

/** A codec with the envelope of 2016. */
export type JsonRpcCodec = Codec & { readonly envelope: Envelope };

/** Tells how the values of a schema look in JSON; `undefined` for a schema that it does not know. */
export type MappingOf = (schema: unknown) => SchemaMapping | undefined;

/**
 * JSON as go-micro writes and reads it: bare values, and the JSON-RPC envelope of 2016. It needs no schema and looks
 * at none. It knows nothing of a kernel and can be used alone.
 *
 * Values are what `JSON.stringify` makes of them, and bigints become numbers. What it reads nests at most 64 deep, is
 * UTF-8 without lone surrogates, and keeps a key `__proto__` as plain data.
 */
export const jsonRpcCodec: JsonRpcCodec = createJsonRpcCodec(() => undefined);

/**
 * The same codec for methods with schemas: their values go through the mapping of their schema, so that a handler gets
 * the value that it gets under any other content type.
 *
 * @param mappingOf asked for every value that has a schema, so it should remember
 */
export function createJsonRpcCodec(mappingOf: MappingOf): JsonRpcCodec {
  const mapped = (schema: unknown): SchemaMapping | undefined => (schema === undefined ? undefined : mappingOf(schema));
  const toJson = (content: unknown, schema: unknown): unknown => {
    const mapping = mapped(schema);
    return mapping === undefined ? content : mapping.toJson(content);
  };
  return {
    name: "json",
    contentTypes: ["application/json", "application/json-rpc"],
    // Go's encoder ends every value with a line feed.
    encode: (content, schema) => `${writeJson(toJson(content, schema))}\n`,
    decode(body, schema) {
      const content = body.length === 0 ? undefined : readValue(body);
      const mapping = mapped(schema);
      if (mapping !== undefined) return mapping.fromJson(content ?? undefined);
      return content === undefined ? {} : content;
    },
    envelope: {
      writeRequest: (method, id, content, schema) => writeRequest(method, id, toJson(content, schema)),
      readRequest,
      writeReply: (head, content, schema) => writeReply(head, toJson(content, schema)),
      writeError,
      readReply,
      value(payload, schema) {
        const mapping = mapped(schema);
        // To Go a null is the zero value of whatever type was expected, and handlers here take their request apart.
        return mapping === undefined ? (payload ?? {}) : mapping.fromJson(payload ?? undefined);
      },
    },
  };
}

function readValue(body: Body): unknown {
  try {
    return parseJson(readText(body), maxDepth);
  } catch (error) {
    throw invalidRequest(error);
  }
}

import type { DescMessage } from "@bufbuild/protobuf";
import type { SchemaMapping } from "@micro/kernel";
import { messageFromJson } from "./message-from-json.ts";
import { messageToJson } from "./message-to-json.ts";
import { isMessageType, toMessage } from "./value.ts";

const mappings = new WeakMap<DescMessage, SchemaMapping>();

/**
 * How messages look in JSON, as Go's `encoding/json` over generated structs has it and not as protobuf's own mapping:
 * names of the `.proto` file, zero values left out, 64-bit integers as numbers, enums as numbers, bytes in base64.
 * `undefined` for what is no schema of protobuf-es.
 */
export function protoMapping(schema: unknown): SchemaMapping | undefined {
  if (!isMessageType(schema)) return undefined;
  let mapping = mappings.get(schema);
  if (mapping === undefined) {
    mapping = {
      toJson: (value) => (value === undefined || value === null ? {} : messageToJson(schema, toMessage(schema, value))),
      fromJson: (json) => messageFromJson(schema, json),
    };
    mappings.set(schema, mapping);
  }
  return mapping;
}

import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { isWrapperDesc, type Struct, StructSchema } from "@bufbuild/protobuf/wkt";

// protobuf-es keeps two kinds of messages as something simpler where they are the value of a field: what is in a
// wrapper itself, and a Struct as the JSON object that it stands for. To Go they are messages as all others.

/** The message that the value of a field stands for. */
export function messageOfLocal(field: DescField, type: DescMessage, value: unknown): Message {
  if (isUnwrapped(field, type)) return create(type, { value });
  if (isPlainStruct(field, type)) return fromJson(StructSchema, value as JsonObject);
  return value as Message;
}

/** How a message is kept as the value of a field. */
export function localOfMessage(field: DescField, type: DescMessage, message: Message): unknown {
  if (isUnwrapped(field, type)) return (message as Message & { readonly value: unknown }).value;
  if (isPlainStruct(field, type)) return toJson(StructSchema, message as Struct);
  return message;
}

/** Whether it is kept as something that is no message. */
export function isSimplified(field: DescField, type: DescMessage): boolean {
  return isUnwrapped(field, type) || isPlainStruct(field, type);
}

function isUnwrapped(field: DescField, type: DescMessage): boolean {
  return field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(type);
}

function isPlainStruct(field: DescField, type: DescMessage): boolean {
  return type.typeName === StructSchema.typeName && field.parent.typeName !== "google.protobuf.Value";
}

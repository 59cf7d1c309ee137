import { bodyBytes, type Message } from "@micro/kernel";
import { invalidHeader } from "./errors.ts";
import type { Generation } from "./options.ts";
import { isPlainText } from "./plain-text.ts";

/** Where the topic stands in the headers of a message on the wire. */
export const topicHeader = ":topic";

/** Where subscribers of go-micro 1.18 read it a second time. */
export const laterTopicHeader = "Micro-Topic";

/**
 * A message as it is posted: `{"Header":{":topic":…},"Body":"<base64>"}`. Headers keep their names as they are. Those
 * that say the topic are the broker's alone: what the message has under these names is left out.
 *
 * @throws MicroError 400 when a header is no plain text
 */
export function writeMessage(topic: string, { header, body }: Message, generation: Generation): Buffer {
  let headers = member(topicHeader, topic);
  if (generation === "1.18") headers += `,${member(laterTopicHeader, topic)}`;
  for (const name of Object.keys(header)) {
    if (name !== topicHeader && name !== laterTopicHeader) headers += `,${checkedMember(name, header[name])}`;
  }
  return Buffer.from(`{"Header":{${headers}},"Body":"${base64(bodyBytes(body))}"}`, "utf8");
}

function checkedMember(name: string, value: unknown): string {
  if (typeof value !== "string" || !isPlainText(name) || !isPlainText(value)) throw invalidHeader(name);
  return member(name, value);
}

function member(name: string, value: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

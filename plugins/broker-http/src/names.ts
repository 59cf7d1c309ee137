import { invalidName } from "./errors.ts";
import { isPlainText } from "./plain-text.ts";
import { broadcastVersion } from "./records.ts";

/** Whether it can be a topic: part of a service's name, of a node's id and of a URL. No wildcards. */
export function isTopic(text: string): boolean {
  return text.length <= maxNameBytes && /^\w[\w.:/-]*$/.test(text);
}

/** @throws MicroError 400 when it is no topic */
export function checkTopic(topic: string): void {
  if (typeof topic === "string" && isTopic(topic)) return;
  throw invalidName("topic", `up to ${maxNameBytes} of A-Z a-z 0-9 _ . : / -, the first a letter, a digit or _`);
}

/** @throws MicroError 400 when no queue group can have that name */
export function checkQueue(queue: string): void {
  if (queue === broadcastVersion) throw invalidName("queue", `"${broadcastVersion}" stands for having none`);
  if (isPlainText(queue) && Buffer.byteLength(queue) <= maxNameBytes) return;
  throw invalidName("queue", `up to ${maxNameBytes} bytes of text without control characters`);
}

const maxNameBytes = 255;

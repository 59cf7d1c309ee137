import type { Body, ReplyHead } from "@micro/kernel";
import { writeId } from "./id.ts";
import { writeJson } from "./write-json.ts";

/** Writes a request, byte for byte as Go does: one element in `params`, `id` last, a line feed at the end. */
export function writeRequest(method: string, id: number, value: unknown): Body {
  return `${requestHead(method)}${writeJson(value)}],"id":${id}}\n`;
}

/** Writes a reply. `null` would end a Go client of 2016, so it becomes `{}`. */
export function writeReply(head: ReplyHead, value: unknown): Body {
  const result = writeJson(value);
  return `{"id":${writeId(head.id)},"result":${result === "null" ? "{}" : result},"error":null}\n`;
}

/** Writes a reply with an error. */
export function writeError(head: ReplyHead, error: string): Body {
  return `{"id":${writeId(head.id)},"result":{},"error":${writeJson(error)}}\n`;
}

// A program calls few methods and each of them often; quoting the name anew took a quarter of the writing.
// A gateway calls what its callers name, so the memory has a bound.
const maxHeads = 1000;
const maxMethodLength = 256;
const heads = new Map<string, string>();

function requestHead(method: string): string {
  let head = heads.get(method);
  if (head === undefined) {
    head = `{"method":${writeJson(method)},"params":[`;
    if (heads.size < maxHeads && method.length <= maxMethodLength) heads.set(method, head);
  }
  return head;
}

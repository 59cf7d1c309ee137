import {
  type Body,
  bodyBytes,
  invalidRequest,
  invalidResponse,
  Malformed,
  type ReplyEnvelope,
  type RequestEnvelope,
} from "@micro/kernel";
import { readHead } from "./head.ts";

/**
 * Reads a request. Its payload is the bytes of its value, a view of the body.
 *
 * @throws MicroError 400
 */
export function readRequest(body: Body): RequestEnvelope {
  try {
    const { head, payload } = readBlocks(bodyBytes(body));
    const { method, id } = readHead(head);
    if (controlCharacter.test(method)) throw new Malformed("the method must not have control characters");
    return { method, id, payload };
  } catch (error) {
    throw invalidRequest(error);
  }
}

/**
 * Reads a reply. Its payload is the bytes of its value; that of an error is empty.
 *
 * @throws MicroError 502
 */
export function readReply(body: Body): ReplyEnvelope {
  try {
    const { head, payload } = readBlocks(bodyBytes(body));
    const { id, error } = readHead(head);
    return { id, error: error === "" ? undefined : error, payload };
  } catch (error) {
    throw invalidResponse(error);
  }
}

const controlCharacter = /\p{Cc}/u;
const lengthBytes = 4;

/** The two blocks of a body, each behind its length; as views, so that no length is ever allocated. */
function readBlocks(bytes: Uint8Array): { head: Uint8Array; payload: Uint8Array } {
  const headEnd = blockEnd(bytes, 0);
  const payloadEnd = blockEnd(bytes, headEnd);
  if (payloadEnd !== bytes.length) throw new Malformed("malformed message");
  return { head: bytes.subarray(lengthBytes, headEnd), payload: bytes.subarray(headEnd + lengthBytes, payloadEnd) };
}

function blockEnd(bytes: Uint8Array, start: number): number {
  const end = start + lengthBytes + readLength(bytes, start);
  if (end <= bytes.length) return end;
  throw new Malformed(start === 0 && isText(bytes) ? "not a micro frame" : "malformed message");
}

function readLength(bytes: Uint8Array, start: number): number {
  if (start + lengthBytes > bytes.length) throw new Malformed("malformed message");
  // The bytes exist; a view of them for one number costs more than this.
  const [a, b, c, d] = [bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]] as [
    number,
    number,
    number,
    number,
  ];
  return a * 0x1000000 + ((b << 16) | (c << 8) | d);
}

// Four printable characters: a page of HTML, an HTTP response, or the "Unsupported Content-Type" of go-micro 2016,
// whose first letters are the length of more than half a gigabyte.
function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, lengthBytes).every((byte) => byte >= 0x20 && byte < 0x7f);
}

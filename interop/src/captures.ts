import { readFileSync } from "node:fs";
import type { GoRelease } from "./go-peer.ts";

/** What a go-micro client and its server said to each other over one connection. */
export interface Capture {
  /** `Say.Hello` */
  readonly method: string;
  readonly contentType: string;
  readonly requests: readonly HttpMessage[];
  readonly replies: readonly HttpMessage[];
}

/** A message of HTTP, taken apart. */
export interface HttpMessage {
  /** `POST / HTTP/1.1` */
  readonly start: string;
  readonly header: Readonly<Record<string, string>>;
  /** A character for each byte; without the framing of chunks. */
  readonly body: string;
  /** As it came, a character for each byte. */
  readonly text: string;
}

/** The exchanges that were captured between programs of one release: calls and streams, in JSON and in protobuf. */
export function readCaptures(release: GoRelease): readonly Capture[] {
  const file = readFileSync(new URL(`../captures/go-micro-${release}.json`, import.meta.url), "utf8");
  return (JSON.parse(file) as readonly RawCapture[]).map(({ method, contentType, requests, replies }) => ({
    method,
    contentType,
    requests: splitMessages(requests.join("")),
    replies: splitMessages(replies.join("")),
  }));
}

// Each message as text, a character for each of its bytes.
interface RawCapture {
  readonly method: string;
  readonly contentType: string;
  readonly requests: readonly string[];
  readonly replies: readonly string[];
}

/** The whole messages at the start of a text that has a character for each byte. */
export function splitMessages(text: string): readonly HttpMessage[] {
  const messages: HttpMessage[] = [];
  for (let rest = text; ; ) {
    const message = firstMessage(rest);
    if (message === undefined) return messages;
    messages.push(message);
    rest = rest.slice(message.text.length);
  }
}

function firstMessage(text: string): HttpMessage | undefined {
  const bodyStart = text.indexOf("\r\n\r\n") + 4;
  if (bodyStart < 4) return undefined;
  const [start = "", ...lines] = text.slice(0, bodyStart - 4).split("\r\n");
  const header = Object.fromEntries(lines.map(splitLine));
  const emptyChunk = header["Transfer-Encoding"] === "chunked" ? "0\r\n\r\n" : "";
  const end = bodyStart + (emptyChunk.length || Number(header["Content-Length"]));
  if (text.length < end) return undefined;
  const body = text.slice(bodyStart, end);
  // go-micro writes chunks only where there is nothing to write.
  if (emptyChunk !== "" && body !== emptyChunk) throw new Error("a body in chunks that is not empty");
  return { start, header, body: emptyChunk === "" ? body : "", text: text.slice(0, end) };
}

function splitLine(line: string): readonly [name: string, value: string] {
  const at = line.indexOf(": ");
  return [line.slice(0, at), line.slice(at + 2)];
}

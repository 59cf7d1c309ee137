import type { Header } from "@micro/kernel";
import { invalidMetadata } from "./errors.ts";
import { canonicalName } from "./header-name.ts";

/**
 * Headers as they stand in a head after the digits of Content-Length: CRLF, a line each, and the blank line. The
 * texts of the last few objects are remembered, so headers that are the same object in every call cost nothing.
 *
 * Left out are the headers that belong to one connection or are written afresh. Metadata that came over HTTP may
 * contain them, and sent on they would break the framing.
 *
 * @throws MicroError 400 `invalid metadata` for a name or a value that cannot stand in a head
 */
export function headerBlock(header: Header): string {
  for (let at = 0; at < remembered; at++) {
    if (headers[at] === header) return blocks[at] as string;
  }
  const block = writeBlock(header);
  headers[next] = header;
  blocks[next] = block;
  next = (next + 1) % remembered;
  return block;
}

// A handful of strong references beats a WeakMap: where every call has headers of its own, entries of a WeakMap
// cost more than writing the block.
const remembered = 16;
const headers: (Header | undefined)[] = Array.from({ length: remembered }, () => undefined);
const blocks: string[] = Array.from({ length: remembered }, () => "");
let next = 0;

const dropped: ReadonlySet<string> = new Set([
  "Connection",
  "Content-Length",
  "Expect",
  "Host",
  "Keep-Alive",
  "Te",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "User-Agent",
]);

function writeBlock(header: Header): string {
  let block = "\r\n";
  let written: Set<string> | undefined;
  for (const name of Object.keys(header)) {
    const value: unknown = header[name];
    const canonical = canonicalName(name);
    if (canonical === undefined) throw invalidMetadata(name, "the name");
    if (typeof value !== "string" || !/^[\t\x20-\x7e]*$/.test(value)) throw invalidMetadata(name, "the value");
    if (dropped.has(canonical)) continue;
    // `x-id` beside `X-Id` would arrive as a header that stands twice.
    if (canonical !== name && (Object.hasOwn(header, canonical) || written?.has(canonical))) continue;
    if (canonical !== name) (written ??= new Set()).add(canonical);
    block += `${canonical}: ${value}\r\n`;
  }
  return `${block}\r\n`;
}

import type { IncomingMessage } from "node:http";
import { refused, unknownSubscription } from "./errors.ts";

/** The path to which messages are posted. */
export const subscriptionPath = "/_sub";

/**
 * Looks at what stands before the body of a request. Returns the id of the subscription that it is for.
 *
 * @throws MicroError with the status to answer
 */
export function checkHead(request: IncomingMessage, maxBytes: number): string {
  const { method, url = "", headers, rawHeaders } = request;
  if (method !== "POST") throw refused(405, "Method not allowed");
  if (url.length > maxUrlLength) throw refused(414, "the URL is too long");
  const [path, query] = split(url);
  if (path !== subscriptionPath) throw unknownSubscription();
  if (rawHeaders.length > 2 * maxHeaders) throw refused(431, "too many headers");
  if (!isJson(headers["content-type"] ?? "")) throw refused(415, "the content type is application/json");
  if ((headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") {
    throw refused(415, "unsupported Content-Encoding");
  }
  if (Number(headers["content-length"] ?? 0) > maxBytes) throw refused(413, "the message is too large");
  return new URLSearchParams(query).get("id") ?? "";
}

const maxUrlLength = 2048;
const maxHeaders = 100;

function split(url: string): readonly [path: string, query: string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}

// Other types a web page of another origin may post without asking first.
function isJson(contentType: string): boolean {
  return /^application\/json[ \t]*(;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?$/i.test(contentType);
}

import type { ReplyHead } from "./codec.ts";
import { badRequest } from "./errors.ts";
import type { Header, Message } from "./message.ts";
import { checkContentType, endOfStream, type OutgoingRequest, type Protocol } from "./protocol.ts";

/**
 * The later protocol, of go-micro 1: service, method, id and error stand in `Micro-*` headers around a bare value.
 *
 * Every exchange has an id of its own, because a go-micro 1 server runs the requests of one connection side by side and
 * tells them apart by it. Replies are read by their own headers only: that server sends the headers of the first
 * request of a connection back with every one of them.
 */
export const mucp: Protocol = {
  name: "mucp",
  supports: () => true,
  writeRequest: (codec, outgoing, _id, value, schema) => ({
    header: requestHeader(outgoing),
    // What opens a stream without a value need not be one that the schema allows: nobody reads it.
    body: value === undefined ? "" : codec.encode(value, schema),
  }),
  writeEnd: (outgoing) => ({ header: { ...requestHeader(outgoing), "Micro-Error": endOfStream }, body: "" }),
  readReply(codec, message) {
    const error = message.header["Micro-Error"] || message.header["X-Micro-Error"] || undefined;
    if (error === undefined) checkContentType(codec, message);
    return { error, value: (schema) => codec.decode(message.body, schema) };
  },
  readRequest(codec, { header, body }) {
    const method = header["Micro-Endpoint"] || header["Micro-Method"];
    if (method === undefined) throw badRequest("go.micro.server", "malformed message", { reason: "invalid_request" });
    const isEnd = header["Micro-Error"] === endOfStream;
    return { method, id: replyIds(header), isEnd, value: (schema) => codec.decode(body, schema) };
  },
  writeReply: (codec, header, head, value, schema) => ({
    header: replyHeader(header, head),
    body: codec.encode(value, schema),
  }),
  writeError: (_codec, header, head, error) => ({
    header: { ...replyHeader(header, head), "Micro-Error": asciiJson(error) },
    body: "",
  }),
};

/** Whether a request is in the later protocol. One of 2016 says nothing of its service in its headers. */
export function isMucp(header: Header): boolean {
  if ("Micro-Protocol" in header) return true;
  if ("Micro-Target" in header) return false;
  return "Micro-Endpoint" in header || "Micro-Method" in header || "Micro-Service" in header;
}

function requestHeader({ header, service, method, exchange, stream }: OutgoingRequest): Header {
  const id = String(exchange);
  const sent: Record<string, string> = {
    ...header,
    "Micro-Endpoint": method,
    "Micro-Id": id,
    "Micro-Method": method,
    "Micro-Service": service,
  };
  if (stream) sent["Micro-Stream"] = id;
  return sent;
}

/** The headers that tell a client which of its exchanges a reply belongs to. */
function replyIds(header: Header): Message["header"] {
  const ids: Record<string, string> = {};
  for (const name of ["Micro-Id", "Micro-Stream"]) {
    const id = header[name];
    if (id !== undefined) ids[name] = id;
  }
  return ids;
}

function replyHeader(header: Header, head: ReplyHead): Record<string, string> {
  return { ...header, ...(head.id as Header) };
}

// A header carries ASCII; in JSON every other character can be written as an escape.
function asciiJson(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

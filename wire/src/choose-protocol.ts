import type { Codec } from "./codec.ts";
import type { Header } from "./message.ts";
import { isMucp, mucp } from "./mucp.ts";
import type { Protocol } from "./protocol.ts";
import { rpc2016 } from "./rpc-2016.ts";

/**
 * The protocol in which a client speaks to a node: what the node's `protocol` metadata says, or that of 2016, which
 * every generation answers. A node of ours says `mucp` to be found by go-micro 1 and answers both; to it the envelope
 * is cheaper, because its headers are the same in every call.
 */
export function protocolOfNode(metadata: Readonly<Record<string, string>>, codec: Codec): Protocol {
  if (metadata.protocol !== mucp.name) return rpc2016;
  return metadata.server === "rpc" && rpc2016.supports(codec) ? rpc2016 : mucp;
}

// Content types that name an envelope have one in every generation: a client of go-micro 1 uses them for a node of
// 2016, and sends its headers all the same.
const envelopeTypes: ReadonlySet<string> = new Set(["application/json-rpc", "application/proto-rpc"]);

/** The protocol that a request is in. */
export function protocolOfRequest(header: Header): Protocol {
  return isMucp(header) && !envelopeTypes.has(header["Content-Type"] ?? "") ? mucp : rpc2016;
}

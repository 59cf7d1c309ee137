import type { Codec } from "./codec.ts";
import { clientErrorId, MicroError } from "./errors.ts";
import { checkContentType, type Protocol } from "./protocol.ts";

/** The protocol of June 2016: an envelope in the body, JSON-RPC or proto-rpc by content type. */
export const rpc2016: Protocol = {
  name: "rpc-2016",
  supports: (codec) => codec.envelope !== undefined,
  writeRequest: (codec, { header, method }, id, value, schema) => ({
    header,
    body: envelopeOf(codec).writeRequest(method, id, value, schema),
  }),
  readReply(codec, message) {
    checkContentType(codec, message);
    const envelope = envelopeOf(codec);
    const { error, id, payload } = envelope.readReply(message.body);
    return { error, id, value: (schema) => envelope.value(payload, schema) };
  },
  readRequest(codec, message) {
    const envelope = envelopeOf(codec);
    const { method, id, payload } = envelope.readRequest(message.body);
    return { method, id, isEnd: false, value: (schema) => envelope.value(payload, schema) };
  },
  writeReply: (codec, header, head, value, schema) => ({
    header,
    body: envelopeOf(codec).writeReply(head, value, schema),
  }),
  writeError: (codec, header, head, error) => ({ header, body: envelopeOf(codec).writeError(head, error) }),
};

function envelopeOf(codec: Codec): NonNullable<Codec["envelope"]> {
  if (codec.envelope !== undefined) return codec.envelope;
  const detail = `the codec "${codec.name}" has no envelope for the protocol of 2016`;
  throw new MicroError(clientErrorId, 500, detail, { reason: "unsupported_content_type", notProcessed: true });
}

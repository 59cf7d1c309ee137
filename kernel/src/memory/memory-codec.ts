import { deserialize, serialize } from "node:v8";
import { type Body, badRequest, bodyBytes, type Codec, clientErrorId, type Envelope, MicroError } from "@micro/wire";

/**
 * A codec that carries whatever `structuredClone` can: dates, maps, bigints, cycles. It is the one to compare
 * others with, and a way to hand values between two parts of one process without sharing them.
 *
 * Never read bytes from outside with it. Its form belongs to one version of V8, whose reader bounds neither the
 * depth nor the size of what it builds, and makes objects of classes that no other codec can make.
 */
export const memoryCodec: Codec = {
  name: "memory",
  contentTypes: ["application/vnd.micro.memory"],
  encode,
  decode: (body) => decode(body, badRequest),
  envelope: {
    writeRequest: (method, id, value) => serialize({ method, id, payload: encode(value) }),
    readRequest(body) {
      const { method, id, payload } = readEnvelope(body, badRequest);
      if (typeof method !== "string") throw malformed(badRequest);
      return { method, id, payload };
    },
    writeReply: ({ method, id }, value) => serialize({ method, id, payload: encode(value ?? {}) }),
    writeError: ({ method, id }, error) => serialize({ method, id, error }),
    readReply(body) {
      const { id, error, payload } = readEnvelope(body, badGateway);
      if (error !== undefined && typeof error !== "string") throw malformed(badGateway);
      return { id, error, payload };
    },
    value: (payload) => decode(payload, badRequest),
  } satisfies Envelope,
};

function encode(value: unknown): Body {
  return serialize(value === undefined ? {} : value);
}

function decode(body: unknown, error: Fault): unknown {
  if (body === undefined) return {};
  if (typeof body !== "string" && !(body instanceof Uint8Array)) throw malformed(error);
  if (body.length === 0) return {};
  try {
    return deserialize(bodyBytes(body));
  } catch (cause) {
    throw malformed(error, cause);
  }
}

function readEnvelope(body: Body, error: Fault): Partial<Record<"method" | "id" | "error" | "payload", unknown>> {
  const envelope = decode(body, error);
  if (typeof envelope !== "object" || envelope === null) throw malformed(error);
  return envelope;
}

/** Whose fault it is: a request's reader blames the caller, a reply's the peer. */
type Fault = (id: string, detail: string, options: { cause?: unknown }) => MicroError;

const badGateway: Fault = (id, detail, options) => new MicroError(id, 502, detail, options);

function malformed(error: Fault, cause?: unknown): MicroError {
  return error(clientErrorId, "malformed message", { cause });
}

import { type Body, bodyText, type Codec, type Envelope, MicroError } from "@micro/wire";

/** JSON in its shortest form that keeps the contract: what broken codecs are made of. */
export const plainJson: Codec & { readonly envelope: Envelope } = {
  name: "plain-json",
  contentTypes: ["application/json"],
  encode: (value) => JSON.stringify(value ?? {}),
  decode: (body) => (body.length === 0 ? {} : parse(body, 400)),
  envelope: {
    writeRequest: (method, id, value) => JSON.stringify({ method, id, params: [value ?? {}] }),
    readRequest(body) {
      const { method, id, params } = parseObject(body, 400);
      if (typeof method !== "string" || !Array.isArray(params)) throw malformed(400);
      return { method, id, payload: params[0] };
    },
    writeReply: ({ id }, value) => JSON.stringify({ id, result: value ?? {} }),
    writeError: ({ id }, error) => JSON.stringify({ id, error }),
    readReply(body) {
      const { id, error, result } = parseObject(body, 502);
      if (error !== undefined && error !== null && typeof error !== "string") throw malformed(502);
      return { id, error: error ?? undefined, payload: result };
    },
    value: (payload) => payload ?? {},
  },
};

function parseObject(body: Body, code: number): Record<string, unknown> {
  const value = parse(body, code);
  if (typeof value !== "object" || value === null) throw malformed(code);
  return value as Record<string, unknown>;
}

function parse(body: Body, code: number): unknown {
  try {
    return JSON.parse(bodyText(body));
  } catch {
    throw malformed(code);
  }
}

function malformed(code: number): MicroError {
  return new MicroError("plain-json", code, "malformed message");
}

import { type Body, bodyText, type Codec, type Envelope, MicroError } from "@micro/wire";
import type { Breakage } from "../support/collect.ts";
import { plainJson } from "../support/plain-json.ts";

/** A request with an id that no JavaScript number holds. */
export const largeIdRequest = {
  body: '{"method":"Say.Hello","params":[{}],"id":18446744073709551615}',
  method: "Say.Hello",
  id: "18446744073709551615",
};

const { envelope } = plainJson;

/** Codecs that break the contract, each in one way. */
export const brokenCodecs: readonly Breakage<() => Codec>[] = [
  {
    does: "names its content type with a parameter",
    make: codecWith({ contentTypes: ["application/json; charset=utf-8"] }),
    seenBy: ["it says its name and its content types, lower case and without parameters"],
  },
  {
    does: "rounds numbers",
    make: codecWith({ decode: (body) => JSON.parse(bodyText(body) || "{}", (_name, value) => rounded(value)) }),
    seenBy: ["a value that was written is read as it was"],
  },
  {
    does: "takes members away from what it writes",
    make: codecWith({
      encode(value) {
        if (typeof value === "object" && value !== null) delete (value as { name?: unknown }).name;
        return plainJson.encode(value);
      },
    }),
    seenBy: ["writing a value leaves it as it was"],
  },
  {
    does: "remembers what it read",
    make: () => {
      const known = new Map<string, unknown>();
      return {
        ...plainJson,
        decode(body) {
          const text = bodyText(body);
          if (!known.has(text)) known.set(text, plainJson.decode(body));
          return known.get(text);
        },
      };
    },
    seenBy: ["a value that was read has nothing in common with the one written"],
  },
  {
    does: "writes a value that is no body",
    make: codecWith({
      encode: (value) => ({ value }) as never,
      decode: (body) => (body as never as { value: unknown }).value,
    }),
    seenBy: ["a body is text or bytes"],
  },
  {
    does: "reads text only",
    make: codecWith({ decode: (body) => (typeof body === "string" ? plainJson.decode(body) : {}) }),
    seenBy: ["text and its bytes are read alike"],
  },
  {
    does: "cannot read nothing",
    make: codecWith({ decode: (body) => parse(body, 400) }),
    seenBy: ["an empty body and an absent value are the empty value"],
  },
  {
    does: "merges what it reads into an object",
    make: codecWith({ decode: (body) => merge({}, plainJson.decode(body)) }),
    seenBy: ["members named like what every object inherits pollute nothing"],
    undo: () => Reflect.deleteProperty(Object.prototype, "polluted"),
  },
  {
    does: "recurses without bound",
    make: codecWith({ decode: (body) => revive(plainJson.decode(body)) }),
    seenBy: ["what is nested too deep is a MicroError, or is read"],
  },
  {
    does: "lets the errors of its parser out",
    make: codecWith({ decode: (body) => JSON.parse(bodyText(body) || "{}") }),
    seenBy: [
      "hostile bytes are a MicroError 400, or are read, and nothing else",
      "a body that was cut short is a MicroError, or is read",
    ],
  },
  {
    does: "has no envelope",
    make: () => ({
      name: "bare",
      contentTypes: ["application/json"],
      encode: plainJson.encode,
      decode: plainJson.decode,
    }),
    seenBy: ["a request is read as it was written: its method, its id, its value"],
  },
  {
    does: "writes methods in lower case",
    make: envelopeWith({ writeRequest: (method, id, value) => envelope.writeRequest(method.toLowerCase(), id, value) }),
    seenBy: ["a request is read as it was written: its method, its id, its value"],
  },
  {
    does: "takes a member called error for the error",
    make: envelopeWith({
      readReply(body) {
        const reply = envelope.readReply(body);
        const inner = (reply.payload as { error?: unknown } | undefined)?.error;
        return typeof inner === "string" ? { ...reply, error: inner } : reply;
      },
    }),
    seenBy: ["a reply is read as it was written, without an error"],
  },
  {
    does: "rounds ids",
    make: envelopeWith({ readRequest: (body) => roundId(envelope.readRequest(body)) }),
    seenBy: ["the id of a request stands in its reply, to the last digit"],
  },
  {
    does: "takes ids for numbers",
    make: () => plainJson,
    seenBy: [
      `the id of a peer's request for ${largeIdRequest.method} stands in its reply, byte for byte: ${largeIdRequest.id}`,
    ],
  },
  {
    does: "writes null for nothing",
    make: envelopeWith({
      writeReply: ({ id }, value) => JSON.stringify({ id, result: value ?? null }),
      value: (payload) => payload,
    }),
    seenBy: ["an absent value is the empty one, in requests and in replies, and never null"],
  },
  {
    does: "trims errors",
    make: envelopeWith({ writeError: (head, error) => envelope.writeError(head, error.trim()) }),
    seenBy: ["an error is read as it was written"],
  },
  {
    does: "lets the errors of its parser out of the envelope",
    make: envelopeWith({
      readRequest: (body) => ({ ...JSON.parse(bodyText(body)), payload: {} }),
      readReply: (body) => JSON.parse(bodyText(body)),
    }),
    seenBy: [
      "hostile requests are a MicroError 400, or are read, and nothing else",
      "hostile replies are a MicroError 502, or are read, and nothing else",
    ],
  },
  {
    does: "blames the caller for a reply",
    make: envelopeWith({
      readReply(body) {
        parse(body, 400);
        return envelope.readReply(body);
      },
    }),
    seenBy: ["hostile replies are a MicroError 502, or are read, and nothing else"],
  },
];

function codecWith(members: Partial<Codec>): () => Codec {
  return () => ({ ...plainJson, ...members });
}

function envelopeWith(members: Partial<Envelope>): () => Codec {
  return () => ({ ...plainJson, envelope: { ...envelope, ...members } });
}

function parse(body: Body, code: number): unknown {
  try {
    return JSON.parse(bodyText(body));
  } catch {
    throw new MicroError("broken", code, "malformed message");
  }
}

function rounded(value: unknown): unknown {
  return typeof value === "number" ? Math.fround(value) : value;
}

function roundId<T extends { readonly id: unknown }>(head: T): T {
  return { ...head, id: Number(head.id) | 0 };
}

/** The merge that every second library had: it walks into `__proto__`. */
function merge(target: Record<string, unknown>, source: unknown): unknown {
  if (typeof source !== "object" || source === null) return source;
  for (const [name, value] of Object.entries(source)) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    target[name] = isObject ? merge((target[name] as Record<string, unknown>) ?? {}, value) : value;
  }
  return target;
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revive(member)]));
}

import { bodyBytes, type Codec, clientErrorId, invalidRequest, Malformed, MicroError } from "@micro/kernel";

/** The most members that it reads, so that a few bytes never become much work. */
const maxMembers = 10_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Flat objects of texts, a line `name=value` for each member, with what is special percent-encoded. It has no envelope
 * of 2016, so it is for publish and subscribe, and for calls by the later protocol.
 */
export const fooCodec: Codec = {
  name: "foo",
  contentTypes: ["application/x-foo"],

  encode(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw unwritable("is no object");
    return Object.entries(value).map(writeMember).join("\n");
  },

  decode(body) {
    const text = readText(bodyBytes(body));
    if (text === "") return {};
    const lines = text.split("\n", maxMembers + 1);
    if (lines.length > maxMembers) throw tooLarge();
    // Defines its members, so that `__proto__` is one like all others.
    return Object.fromEntries(lines.map(readMember));
  },
};

function writeMember([name, value]: [string, unknown]): string {
  if (typeof value !== "string") throw unwritable(`has a member "${name}" that is no text`);
  return `${escapeText(name)}=${escapeText(value)}`;
}

function readMember(line: string): readonly [string, string] {
  const [name = "", value, ...more] = line.split("=");
  if (value === undefined || more.length > 0) throw malformed("a line is no name=value");
  try {
    return [decodeURIComponent(name), decodeURIComponent(value)];
  } catch {
    throw malformed("a wrong percent-encoding");
  }
}

function escapeText(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw unwritable("has half a surrogate pair in a text", cause);
  }
}

function readText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed("it is no UTF-8");
  }
}

/** 400, with a phrase of ours: nothing of what came stands in it. */
function malformed(problem: string): MicroError {
  return invalidRequest(new Malformed(`malformed message: ${problem}`));
}

function unwritable(what: string, cause?: unknown): MicroError {
  const options = { reason: "unwritable_value", notProcessed: true, cause };
  return new MicroError(
    clientErrorId,
    500,
    `application/x-foo carries flat objects of texts, this one ${what}`,
    options,
  );
}

function tooLarge(): MicroError {
  return new MicroError(clientErrorId, 413, `a message has at most ${maxMembers} members`, {
    reason: "message_too_large",
  });
}

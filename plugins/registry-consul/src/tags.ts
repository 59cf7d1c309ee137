import { deflateSync, inflateSync } from "node:zlib";
import type { Endpoint, EndpointValue } from "@micro/kernel";
import { badRecord } from "./errors.ts";
import type { ConsulStats } from "./stats.ts";

/** What stands in the tags of a node. */
export interface NodeTags {
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The tags of a node as go-micro writes them: one for each pair of metadata, one for each endpoint, then the version.
 * After `t-`, `e-` or `v-` come the hexadecimal digits of zlib. An endpoint that is too long loses its shapes, which are
 * for people alone.
 *
 * @throws MicroError 400 when metadata or a name is longer than readers take
 */
export function encodeTags({ version, endpoints, metadata }: NodeTags, inflatedBytes: number): readonly string[] {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    // An assignment to `__proto__` would be no pair.
    return encodeTag("t", JSON.stringify(Object.fromEntries([[key, value]])), `metadata "${key}"`, inflatedBytes);
  });
  const methods = endpoints.map((endpoint) => {
    const text = endpointText(endpoint);
    const short = text.length * 3 > inflatedBytes && Buffer.byteLength(text) > inflatedBytes;
    const fitting = short ? endpointText({ ...endpoint, request: null, response: null }) : text;
    return encodeTag("e", fitting, `endpoint "${endpoint.name}"`, inflatedBytes);
  });
  return [...pairs, ...methods, encodeTag("v", version, "version", inflatedBytes)];
}

/**
 * Reads the tags of a node. Tags of others are passed over, and so is what cannot be read, counted. Beside the form
 * above there is the older `t=`, `e=`, `v=` with the text as it is; of metadata and endpoints the form that comes first
 * counts, of versions the first tag. Never throws, whatever the tags.
 *
 * @returns why the node is not to be used, where it is not: `foreign` without a version
 */
export function decodeTags(
  tags: readonly unknown[],
  inflatedBytes: number,
  stats: Pick<ConsulStats, "badTag">,
): NodeTags | TagFault {
  const forms = new Map<string, string>();
  const pairs: [string, string][] = [];
  const endpoints: Endpoint[] = [];
  let version: string | undefined;
  for (const tag of tags.slice(0, maxTags)) {
    const kind = kindOf(tag);
    if (kind === undefined || typeof tag !== "string") continue;
    const form = tag[1] as string;
    if (forms.has(kind) && (kind === "v" || forms.get(kind) !== form)) continue;
    forms.set(kind, form);
    const text = payloadOf(tag, form, inflatedBytes);
    if (text === tooBig) return "tagTooBig";
    if (kind === "v") {
      if (text === undefined) return "badNode";
      version = text;
    } else if (!(kind === "t" ? addPairs(pairs, text) : addEndpoint(endpoints, text))) {
      stats.badTag++;
    }
  }
  if (version === undefined) return "foreign";
  return { version, endpoints, metadata: Object.fromEntries(pairs) };
}

/** Why a node is not used, by the name of its counter. */
export type TagFault = "foreign" | "badNode" | "tagTooBig";

/** Whether one of the tags says a version, without which a node is none of ours. */
export function hasVersion(tags: readonly unknown[]): boolean {
  return tags.some((tag) => kindOf(tag) === "v");
}

const maxTags = 4096;

// Some bytes more than the text itself is the most that zlib makes of any.
const zlibSlack = 1024;

const tooBig = Symbol("too big");

function kindOf(tag: unknown): "t" | "e" | "v" | undefined {
  if (typeof tag !== "string" || (tag[1] !== "-" && tag[1] !== "=")) return undefined;
  const kind = tag[0];
  return kind === "t" || kind === "e" || kind === "v" ? kind : undefined;
}

function encodeTag(kind: string, text: string, what: string, inflatedBytes: number): string {
  if (Buffer.byteLength(text) > inflatedBytes) {
    throw badRecord(`${what} is longer than ${inflatedBytes} bytes, which readers of Consul do not take; shorten it`);
  }
  return `${kind}-${deflateSync(text).toString("hex")}`;
}

// In Go's order, whatever order the object has.
function endpointText({ name, request, response, metadata }: Endpoint): string {
  return JSON.stringify({ name, request, response, metadata });
}

function payloadOf(tag: string, form: string, inflatedBytes: number): string | undefined | typeof tooBig {
  if (tag.length > 2 * (inflatedBytes + zlibSlack)) return tooBig;
  const text = tag.slice(2);
  if (form === "=") return Buffer.byteLength(text) > inflatedBytes ? tooBig : text;
  // Buffer.from stops at the first character that is no digit and tells nobody.
  if (text.length % 2 !== 0 || !/^[\da-f]+$/i.test(text)) return undefined;
  try {
    return inflateSync(Buffer.from(text, "hex"), { maxOutputLength: inflatedBytes }).toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? tooBig : undefined;
  }
}

function addPairs(pairs: [string, string][], text: string | undefined): boolean {
  const found = readMap(parseJson(text));
  if (found === undefined) return false;
  pairs.push(...Object.entries(found));
  return true;
}

function addEndpoint(endpoints: Endpoint[], text: string | undefined): boolean {
  const value = readObject(parseJson(text));
  const metadata = readMap(value?.metadata ?? {});
  const [request, response] = [readValue(value?.request, maxDepth), readValue(value?.response, maxDepth)];
  if (typeof value?.name !== "string" || metadata === undefined) return false;
  if (request === undefined || response === undefined) return false;
  endpoints.push({ name: value.name, request, response, metadata });
  return true;
}

// go-micro nests three deep, slices a little more; shapes are for people to look at.
const maxDepth = 16;

/** `undefined` for what is no shape; null stands for none. */
function readValue(given: unknown, depth: number): EndpointValue | null | undefined {
  if (given === null || given === undefined) return null;
  const value = depth === 0 ? undefined : readObject(given);
  if (typeof value?.name !== "string" || typeof value.type !== "string") return undefined;
  if (value.values === null || value.values === undefined) return { name: value.name, type: value.type, values: null };
  if (!Array.isArray(value.values)) return undefined;
  const values = value.values.map((inner) => readValue(inner, depth - 1));
  if (!values.every((inner) => inner !== null && inner !== undefined)) return undefined;
  return { name: value.name, type: value.type, values };
}

function readMap(value: unknown): Readonly<Record<string, string>> | undefined {
  const object = readObject(value);
  if (object === undefined || !Object.values(object).every((text) => typeof text === "string")) return undefined;
  return object as Readonly<Record<string, string>>;
}

function readObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

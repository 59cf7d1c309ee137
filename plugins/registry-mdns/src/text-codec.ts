import { deflateSync, inflateSync } from "node:zlib";
import type { Endpoint, EndpointValue } from "@micro/kernel";
import type { MdnsLimits } from "./options.ts";

/** What a node says of itself beside its address. */
export interface NodeText {
  readonly service: string;
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
  /** The node's id, where the instance's name has only a short form of it. go-micro passes over this. */
  readonly id?: string;
  /** Of the node; services have none of their own here. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Why a text was refused, by the name of its counter. */
export type TextFault = "badText" | "textTooBig";

/** The strings of a TXT record as go-micro writes it: JSON, then zlib, then hexadecimal digits, 255 a string. */
export function encodeText({ service, version, endpoints, metadata, id }: NodeText): readonly Buffer[] {
  const json = JSON.stringify({ Service: service, Version: version, Endpoints: endpoints, Metadata: metadata, Id: id });
  const digits = Buffer.from(deflateSync(json).toString("hex"), "latin1");
  return chunksOf(digits, 255);
}

/** What {@link encodeText} or go-micro wrote, or why it cannot be that. Never throws, whatever the bytes. */
export function decodeText(
  strings: readonly Uint8Array[],
  limits: Pick<MdnsLimits, "textBytes" | "inflatedBytes">,
): NodeText | TextFault {
  try {
    return readNodeText(parseJson(inflate(parseHex(strings, limits.textBytes), limits.inflatedBytes)));
  } catch (error) {
    return error instanceof Refusal ? error.fault : "badText";
  }
}

// Go's parser is a struct's and ignores what it does not know, so a later version may add members here.
function readNodeText(value: unknown): NodeText {
  const { Service, Version, Endpoints, Metadata, Id } = readObject(value);
  return {
    service: readText(Service),
    version: readText(Version),
    endpoints: readList(Endpoints).map(readEndpoint),
    metadata: readMap(Metadata),
    ...(Id !== undefined && { id: readText(Id) }),
  };
}

function readEndpoint(value: unknown): Endpoint {
  const { name, request, response, metadata } = readObject(value);
  return {
    name: readText(name),
    request: readValue(request, maxDepth),
    response: readValue(response, maxDepth),
    metadata: readMap(metadata),
  };
}

// go-micro nests three deep, slices a little more; shapes are for people to look at.
const maxDepth = 16;

function readValue(value: unknown, depth: number): EndpointValue | null {
  if (value === null || value === undefined) return null;
  if (depth === 0) throw new Refusal("textTooBig");
  const { name, type, values } = readObject(value);
  return {
    name: readText(name),
    type: readText(type),
    values: values === null || values === undefined ? null : readValues(readList(values), depth - 1),
  };
}

function readValues(values: readonly unknown[], depth: number): readonly EndpointValue[] {
  return values.map((value) => readValue(value, depth) ?? refuse("badText"));
}

// Go writes a nil map and a nil slice as null. fromEntries makes a key of every name, where an assignment to
// `__proto__` would change what the object inherits.
function readMap(value: unknown): Readonly<Record<string, string>> {
  if (value === null || value === undefined) return {};
  return Object.fromEntries(Object.entries(readObject(value)).map(([key, text]) => [key, readText(text)]));
}

function readList(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : refuse("badText");
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refusal("badText");
  return value as Record<string, unknown>;
}

function readText(value: unknown): string {
  return typeof value === "string" ? value : refuse("badText");
}

function parseHex(strings: readonly Uint8Array[], maxBytes: number): Buffer {
  const length = strings.reduce((sum, string) => sum + string.length, 0);
  if (length > maxBytes) throw new Refusal("textTooBig");
  const digits = Buffer.concat(strings).toString("latin1");
  // Buffer.from stops at the first byte that is no digit and tells nobody.
  if (!/^(?:[\da-f]{2})+$/i.test(digits)) throw new Refusal("badText");
  return Buffer.from(digits, "hex");
}

function inflate(bytes: Buffer, maxBytes: number): string {
  try {
    return inflateSync(bytes, { maxOutputLength: maxBytes }).toString();
  } catch (error) {
    throw new Refusal((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "textTooBig" : "badText");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A RangeError is the parser's own stack: the text nests too deep.
    throw new Refusal(error instanceof RangeError ? "textTooBig" : "badText");
  }
}

function chunksOf(bytes: Buffer, size: number): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

class Refusal extends Error {
  readonly fault: TextFault;

  constructor(fault: TextFault) {
    super(fault);
    this.fault = fault;
  }
}

function refuse(fault: TextFault): never {
  throw new Refusal(fault);
}

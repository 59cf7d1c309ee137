import { badRequest, clientErrorId } from "./errors.ts";
import type { Header } from "./message.ts";

/**
 * What travels beside a value: texts by canonical name (`X-User-Id`), without a prototype and never changed. Read
 * one with {@link getMetadata}, which takes any case.
 */
export type Metadata = Readonly<Record<string, string>>;

/** No metadata. */
export const noMetadata: Metadata = Object.freeze(Object.create(null) as Record<string, string>);

/** The header that names the service where a chain of calls began, as go-micro sets it. */
export const fromServiceHeader = "X-Micro-From-Service";

/**
 * The header that says which try of a call this is; absent in the first. It is metadata, so that everything which a
 * handler calls on behalf of a repeated request says so too.
 */
export const attemptHeader = "Micro-Attempt";

/** The value under a name, whatever its case; `undefined` when there is none. */
export function getMetadata(metadata: Metadata, name: string): string | undefined {
  const canonical = canonicalName(name);
  if (canonical in metadata) return metadata[canonical];
  const lower = name.toLowerCase();
  for (const key in metadata) if (key.toLowerCase() === lower) return metadata[key];
  return undefined;
}

/**
 * `added` over `base`, under canonical names.
 *
 * @throws MicroError 400 when a name or value cannot stand in a header
 */
export function mergeMetadata(base: Metadata, added: Readonly<Record<string, string>>): Metadata {
  const merged = Object.assign(Object.create(null), base) as Record<string, string>;
  for (const [name, value] of Object.entries(added)) {
    if (!isToken(name) || !isHeaderValue(value)) throw invalid(name);
    merged[canonicalName(name)] = value;
  }
  return merged;
}

// Headers that belong to one hop or to the protocol. Handing them on would corrupt the next hop's framing.
const hopHeaders: ReadonlySet<string> = new Set([
  "Accept",
  "Accept-Encoding",
  "Connection",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "Expect",
  "Host",
  "Keep-Alive",
  "Te",
  "Timeout",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "User-Agent",
  ...["Endpoint", "Error", "Id", "Method", "Protocol", "Service", "Stream", "Target", "Topic"].flatMap((name) => [
    `Micro-${name}`,
    `X-Micro-${name}`,
  ]),
]);

const known = new WeakMap<Header, Metadata>();

/** The metadata in the headers of a request: all but what belongs to the hop. */
export function metadataOf(header: Header): Metadata {
  let metadata = known.get(header);
  if (metadata === undefined) {
    metadata = readMetadata(header);
    known.set(header, metadata);
  }
  return metadata;
}

function readMetadata(header: Header): Metadata {
  const metadata = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(header)) if (!hopHeaders.has(name)) metadata[name] = header[name] as string;
  return metadata;
}

const maxNames = 1000;
const canonicalNames = new Map<string, string>();

/** A header name as Go writes it: `x-user-id` becomes `X-User-Id`; one that is no token stays as it is. */
export function canonicalName(name: string): string {
  let canonical = canonicalNames.get(name);
  if (canonical === undefined) {
    canonical = canonicalize(name);
    if (canonicalNames.size < maxNames) canonicalNames.set(name, canonical);
  }
  return canonical;
}

function canonicalize(name: string): string {
  return isToken(name) ? name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()) : name;
}

function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

// What a header cannot carry would end it, or arrive as something else.
function isHeaderValue(value: unknown): boolean {
  return typeof value === "string" && !/[^\t\x20-\x7e]/.test(value);
}

function invalid(name: string): Error {
  return badRequest(
    clientErrorId,
    `invalid metadata ${JSON.stringify(name.slice(0, 64))}: names are HTTP tokens, values one line of ASCII text`,
    { reason: "invalid_metadata", notProcessed: true },
  );
}

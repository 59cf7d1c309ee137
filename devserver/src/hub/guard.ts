import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { tokenHeader, tokenPrefix } from "./protocol.ts";

/** What a check looks at. */
export interface GuardedRequest {
  readonly method: string;
  /** As it came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** How often the Host header came. */
  readonly hosts: number;
  readonly remoteAddress: string;
  /** Whether it asks to change the protocol. */
  readonly isUpgrade: boolean;
}

/** What a check knows of the server. */
export interface GuardSettings {
  readonly port: number;
  readonly token: string;
  /** Host names besides those of this machine, in lower case. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Whether others than this machine may connect. */
  readonly isExposed: boolean;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** One rule: what it refuses, and what it says in every answer so that browsers keep it. */
export interface Check {
  readonly name: string;
  readonly refuse?: (request: GuardedRequest, settings: GuardSettings) => Refusal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What stands before everything that the server does. */
export interface Guard {
  /** The headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The refusal of the first check that refuses. It never throws, whatever came. */
  refuse(request: GuardedRequest, settings: GuardSettings): Refusal | undefined;
}

/** Puts checks together, in their order. The default is all of them; fewer are for tests that show what each one is for. */
export function createGuard(checks: readonly Check[] = allChecks): Guard {
  const headers = Object.assign({}, ...checks.map((check) => check.headers)) as Record<string, string>;
  const refuse = (request: GuardedRequest, settings: GuardSettings): Refusal | undefined => {
    for (const check of checks) {
      const refusal = check.refuse?.(request, settings);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
  return { headers, refuse };
}

/** What of a request a guard looks at. */
export function guardedRequest(request: IncomingMessage, isUpgrade: boolean): GuardedRequest {
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host").length;
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    headers: request.headers,
    hosts,
    remoteAddress: request.socket.remoteAddress ?? "",
    isUpgrade,
  };
}

// Whoever listens on loopback may still be reached otherwise, by a forwarded port for one. What a header says of where a
// request comes from was written by whoever sent it.
const peer: Check = {
  name: "peer",
  refuse: ({ remoteAddress }, { isExposed }) =>
    isExposed || isLoopback(remoteAddress) ? undefined : { status: 403, reason: "this machine alone may connect" },
};

const target: Check = {
  name: "target",
  refuse: ({ target: text }) => {
    if (text.length > 2048) return { status: 414, reason: "the path is too long" };
    return text.startsWith("/") ? undefined : { status: 400, reason: "the request target must be a path" };
  },
};

// A page of a name that its owner lets point to 127.0.0.1 is of the same origin as this server, for the browser.
const host: Check = {
  name: "host",
  refuse: ({ headers, hosts }, settings) => {
    if (hosts > 1) return { status: 400, reason: "there is more than one Host header" };
    const isAllowed = isOwnHost(headers.host ?? "", settings);
    return isAllowed ? undefined : { status: 403, reason: "host not allowed: name it with allowedHosts" };
  },
};

// Browsers let every page open a WebSocket anywhere, and say whose page it is: here nowhere else than ours.
const origin: Check = {
  name: "origin",
  refuse: ({ headers }, { allowedHosts }) => {
    const from = headers.origin;
    const own = (headers.host ?? "").toLowerCase();
    if (from === undefined || from === `http://${own}`) return undefined;
    // A configured name may stand before a proxy that speaks TLS.
    if (from === `https://${own}` && allowedHosts.has(nameOf(own) ?? "")) return undefined;
    return { status: 403, reason: "origin not allowed" };
  },
};

const site: Check = {
  name: "site",
  refuse: ({ headers, method, isUpgrade }) => {
    const from = headers["sec-fetch-site"];
    if ((method === "GET" && !isUpgrade) || from === undefined || from === "same-origin" || from === "none") return;
    return { status: 403, reason: "only the page itself may ask this" };
  },
};

const methodCheck: Check = {
  name: "method",
  refuse: ({ method, isUpgrade }) => {
    const allowed = isUpgrade ? ["GET"] : ["GET", "HEAD", "POST"];
    return allowed.includes(method) ? undefined : { status: 405, reason: "method not allowed" };
  },
};

const upgrade: Check = {
  name: "upgrade",
  refuse: ({ headers, isUpgrade }) =>
    isUpgrade && headers.upgrade?.toLowerCase() !== "websocket"
      ? { status: 400, reason: "only a WebSocket can be opened" }
      : undefined,
};

// Needed without an Origin as well: programs that are no browsers, and browsers that leave it out, are others too.
const token: Check = {
  name: "token",
  refuse: ({ headers, method, isUpgrade }, settings) => {
    if (!isUpgrade && method !== "POST") return undefined;
    const given = isUpgrade ? tokenOf(headers["sec-websocket-protocol"] ?? "") : headers[tokenHeader];
    if (typeof given === "string" && isSame(given, settings.token)) return undefined;
    return {
      status: 401,
      reason: "the token is missing or of an earlier start: use the address that micro dev prints",
    };
  },
};

// A form can be posted from any page without being asked; JSON cannot.
const contentType: Check = {
  name: "content-type",
  refuse: ({ headers, method }) =>
    method === "POST" && !/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")
      ? { status: 415, reason: "requests are application/json" }
      : undefined,
};

const content: Check = {
  name: "content",
  headers: {
    "Content-Security-Policy": [
      "default-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
      "require-trusted-types-for 'script'",
    ].join("; "),
  },
};

const embedding: Check = {
  name: "embedding",
  headers: { "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin" },
};

const sniffing: Check = { name: "sniffing", headers: { "X-Content-Type-Options": "nosniff" } };

const traces: Check = { name: "traces", headers: { "Referrer-Policy": "no-referrer", "Cache-Control": "no-store" } };

/** Every check, in the order in which they are asked. There is none about CORS: no answer has a header of it. */
export const allChecks: readonly Check[] = [
  ...[peer, target, host, origin, site, methodCheck, upgrade, token, contentType],
  ...[content, embedding, sniffing, traces],
];

function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

function isOwnHost(text: string, { port, allowedHosts }: GuardSettings): boolean {
  const name = nameOf(text);
  if (name === undefined) return false;
  if (allowedHosts.has(name)) return true;
  const isLocal = name === "localhost" || name.endsWith(".localhost") || name === "127.0.0.1" || name === "[::1]";
  return isLocal && text.slice(name.length) === (port === 80 ? "" : `:${port}`);
}

/** The name in a Host header, in lower case; `undefined` for what is none. No URL is made of it: that throws. */
function nameOf(text: string): string | undefined {
  if (text.length > 300) return undefined;
  return /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.exec(text)?.[1]?.toLowerCase();
}

function tokenOf(protocols: string): string | undefined {
  const offered = protocols.split(",").find((protocol) => protocol.trimStart().startsWith(tokenPrefix));
  return offered?.trim().slice(tokenPrefix.length);
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

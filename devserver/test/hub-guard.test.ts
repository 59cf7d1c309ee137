import { readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { leaks } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { publishedPageScript } from "../../scripts/lib/page-script.mjs";
import { allChecks, createGuard, guardedRequest } from "../src/hub/guard.ts";
import { startHub } from "../src/hub/index.ts";
import { type RawAnswer, requestText, type Served, sendRaw, withHub } from "./support/hub.ts";

const test = suite("who may see the page and its stream");

const folder = fileURLToPath(new URL("..", import.meta.url));
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const request = JSON.stringify({ type: "capture", id: 1, on: true });

/** The headers of a WebSocket as our page opens it. */
const upgrading = ({ port, token }: Served): Record<string, string> => ({
  Host: `127.0.0.1:${port}`,
  Origin: `http://127.0.0.1:${port}`,
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Key": key,
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Protocol": `micro.dev.1, token.${token}`,
});

/** The headers of a request as our page posts it. */
const posting = ({ port, token }: Served): Record<string, string> => ({
  Host: `127.0.0.1:${port}`,
  Origin: `http://127.0.0.1:${port}`,
  "Content-Type": "application/json",
  "X-Micro-Token": token,
});

const open = (served: Served, headers: Record<string, string | undefined>): Promise<RawAnswer> =>
  sendRaw(served.port, requestText("GET /live", merged(upgrading(served), headers)));
const post = (served: Served, headers: Record<string, string | undefined>): Promise<RawAnswer> =>
  sendRaw(served.port, requestText("POST /request", merged(posting(served), headers), request));
const get = ({ port }: Served, target: string, host = `127.0.0.1:${port}`): Promise<RawAnswer> =>
  sendRaw(port, requestText(`GET ${target}`, { Host: host }));

function merged(base: Record<string, string>, changes: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
}

const outer = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

/** What each attack does, which check stops it, and what happens without that check. */
const attacks: Readonly<
  Record<string, { stoppedBy: string; status: number; without: number; attack(served: Served): Promise<RawAnswer> }>
> = {
  "a page of a name that was pointed to this machine": {
    ...{ stoppedBy: "host", status: 403, without: 200 },
    attack: (served) => get(served, "/", `attacker.example:${served.port}`),
  },
  "a name that only begins like ours": {
    ...{ stoppedBy: "host", status: 403, without: 200 },
    attack: (served) => get(served, "/", `localhost.attacker.example:${served.port}`),
  },
  "a name that only ends like ours": {
    ...{ stoppedBy: "host", status: 403, without: 200 },
    attack: (served) => get(served, "/", `127.0.0.1.nip.io:${served.port}`),
  },
  "our name with the port of another server": {
    ...{ stoppedBy: "host", status: 403, without: 200 },
    attack: (served) => get(served, "/", "localhost:1"),
  },
  "two Host headers": {
    ...{ stoppedBy: "host", status: 400, without: 200 },
    attack: ({ port }) => sendRaw(port, `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil\r\n\r\n`),
  },
  "a WebSocket from another page": {
    ...{ stoppedBy: "origin", status: 403, without: 101 },
    attack: (served) => open(served, { Origin: "http://attacker.example" }),
  },
  "a WebSocket from a sandboxed frame": {
    ...{ stoppedBy: "origin", status: 403, without: 101 },
    attack: (served) => open(served, { Origin: "null" }),
  },
  "a WebSocket from another port of this machine": {
    ...{ stoppedBy: "origin", status: 403, without: 101 },
    attack: (served) => open(served, { Origin: "http://127.0.0.1:3000" }),
  },
  "a WebSocket from an origin that begins like ours": {
    ...{ stoppedBy: "origin", status: 403, without: 101 },
    attack: (served) => open(served, { Origin: `http://127.0.0.1:${served.port}.evil.example` }),
  },
  "a WebSocket from our name over TLS": {
    ...{ stoppedBy: "origin", status: 403, without: 101 },
    attack: (served) => open(served, { Origin: `https://127.0.0.1:${served.port}` }),
  },
  "a request that another page posts": {
    ...{ stoppedBy: "origin", status: 403, without: 200 },
    attack: (served) => post(served, { Origin: "http://attacker.example" }),
  },
  "a WebSocket without the token and without an Origin": {
    ...{ stoppedBy: "token", status: 401, without: 101 },
    attack: (served) => open(served, { Origin: undefined, "Sec-WebSocket-Protocol": "micro.dev.1" }),
  },
  "a WebSocket with the token of another start": {
    ...{ stoppedBy: "token", status: 401, without: 101 },
    attack: (served) => open(served, { "Sec-WebSocket-Protocol": `micro.dev.1, token.${"A".repeat(22)}` }),
  },
  "a WebSocket with the beginning of the token": {
    ...{ stoppedBy: "token", status: 401, without: 101 },
    attack: (served) => open(served, { "Sec-WebSocket-Protocol": `micro.dev.1, token.${served.token.slice(0, -1)}` }),
  },
  "a request without the token": {
    ...{ stoppedBy: "token", status: 401, without: 200 },
    attack: (served) => post(served, { "X-Micro-Token": undefined }),
  },
  "a form": {
    ...{ stoppedBy: "content-type", status: 415, without: 200 },
    attack: (served) => post(served, { "Content-Type": "text/plain" }),
  },
  "a request that the browser says is another site's": {
    ...{ stoppedBy: "site", status: 403, without: 200 },
    attack: (served) => post(served, { Origin: undefined, "Sec-Fetch-Site": "cross-site" }),
  },
  "a WebSocket that the browser says is the same site's, but not ours": {
    ...{ stoppedBy: "site", status: 403, without: 101 },
    attack: (served) => open(served, { Origin: undefined, "Sec-Fetch-Site": "same-site" }),
  },
  // What is behind these checks refuses as well, in other words.
  "a request for another server": {
    ...{ stoppedBy: "target", status: 400, without: 404 },
    attack: (served) => get(served, `http://127.0.0.1:${served.port}/`),
  },
  "a path without an end": {
    ...{ stoppedBy: "target", status: 414, without: 404 },
    attack: (served) => get(served, `/${"x".repeat(5000)}`),
  },
  "a preflight": {
    ...{ stoppedBy: "method", status: 405, without: 404 },
    attack: ({ port }) =>
      sendRaw(port, requestText("OPTIONS /x", { Host: `localhost:${port}`, "Access-Control-Request-Method": "POST" })),
  },
  "an upgrade to HTTP/2": {
    ...{ stoppedBy: "upgrade", status: 400, without: 401 },
    attack: (served) => open(served, { Upgrade: "h2c", "Sec-WebSocket-Protocol": undefined }),
  },
};

for (const [what, { stoppedBy, status, without, attack }] of Object.entries(attacks)) {
  test(`${what} is refused, by the check "${stoppedBy}"`, async () => {
    await withHub({}, async (served) => {
      const answer = await attack(served);

      assert.is(answer.status, status);
      assert.is(answer.headers["access-control-allow-origin"], undefined);
      assert.is(answer.headers["content-security-policy"]?.includes("default-src 'self'"), true);
      assert.not.match(answer.body, served.token);
    });
    await withHub({ without: stoppedBy }, async (served) => assert.is((await attack(served)).status, without));
  });
}

test('a connection from another address of a machine is refused, by the check "peer"', async () => {
  const guarded = { method: "GET", target: "/", headers: { host: "localhost:1" }, hosts: 1, isUpgrade: false };
  const settings = { port: 1, token: "t", allowedHosts: new Set<string>(), isExposed: false };
  const lan = { ...guarded, remoteAddress: "192.168.0.7" };
  assert.is(createGuard().refuse(lan, settings)?.status, 403);
  assert.is(createGuard().refuse({ ...guarded, remoteAddress: "" }, settings)?.status, 403);
  assert.is(createGuard(allChecks.filter(({ name }) => name !== "peer")).refuse(lan, settings), undefined);
  for (const remoteAddress of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
    assert.is(createGuard().refuse({ ...guarded, remoteAddress }, settings), undefined);
  }
  if (outer === undefined) return;

  await withHub({ dangerousHost: "0.0.0.0", allowedHosts: [outer] }, async (served) => {
    const answer = await sendRaw(served.port, requestText("GET /", { Host: `${outer}:${served.port}` }), {
      host: outer,
    });
    assert.is(answer.status, 200);
    assert.match(served.hub.warning ?? "", /other machines/);
  });
  await withHub({ dangerousHost: outer }, async ({ hub, port }) => {
    assert.is(new URL(hub.pageUrl).host, `${outer}:${port}`);
    const named = requestText("GET /", { Host: `${outer}:${port}` });
    assert.is((await sendRaw(port, named, { host: outer })).status, 200);
  });
  await withHub({}, async ({ port }) => {
    const direct = await sendRaw(port, "", { host: outer }).catch((error: { code?: string }) => error.code);
    assert.is(direct, "ECONNREFUSED");
  });
});

test("our page gets in, by every name of this machine", async () => {
  await withHub({ allowedHosts: ["Dev.Example"] }, async (served) => {
    const { port } = served;
    const names = [
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `a.localhost:${port}`,
      `[::1]:${port}`,
      "dev.example",
      "dev.example:80",
    ];
    for (const host of names) {
      assert.is((await get(served, "/", host)).status, 200, host);
      assert.is((await open(served, { Host: host, Origin: `http://${host.toLowerCase()}` })).status, 101, host);
    }
    assert.is((await open(served, { Host: "dev.example", Origin: "https://dev.example" })).status, 101);
    assert.is((await post(served, {})).status, 200);
  });
});

test("the token is not repeated in the answer to the handshake", async () => {
  await withHub({}, async (served) => {
    const { status, headers } = await open(served, {});
    assert.equal([status, headers["sec-websocket-protocol"]], [101, "micro.dev.1"]);
  });
});

const noHosts = [
  "",
  " ",
  "http://[",
  "::::",
  "[",
  "[::1",
  "localhost:",
  "localhost:x",
  "a b",
  "x".repeat(4096),
  "%00",
  "é",
  "localhost:99999999",
];

test("a Host or Origin that is none is refused and throws nothing", async () => {
  await withHub({}, async (served) => {
    for (const text of noHosts) {
      const byHost = await get(served, "/", text);
      assert.ok([400, 403].includes(byHost.status), `Host ${text}: ${byHost.status}`);
      const byOrigin = await open(served, { Origin: text });
      assert.ok([400, 403].includes(byOrigin.status), `Origin ${text}: ${byOrigin.status}`);
    }
    assert.is((await sendRaw(served.port, "GET / HTTP/1.0\r\n\r\n")).status, 403);
    assert.is((await get(served, "/")).status, 200);
  });
});

const paths = [
  ...[
    "/@fs/etc/passwd",
    "/etc/passwd",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc/passwd",
    "//etc/passwd",
  ],
  ...[
    "/#/../../etc/passwd",
    "/?raw??",
    "/page.js?raw",
    "/page.js?import&raw",
    "/page.js/",
    "/page.js%00",
    "/./page.js",
    "/page.html",
  ],
  ...[
    "/.env",
    "/page.css",
    "/src/page/page.js",
    "/page/src/main.tsx",
    "/page.js.map",
    "/\\..\\etc",
    "/__proto__",
    "/constructor",
    "/index.html",
    "/PAGE.JS",
    "/x.svg",
    "/?",
  ],
];

for (const path of paths) {
  test(`no file is served as ${path}`, async () => {
    await withHub({}, async (served) => {
      const { status, body } = await get(served, path);
      assert.ok(status === 404 || status === 400, `${status}`);
      assert.not.match(body, /root:|import |token/);
    });
  });
}

test("CONNECT and unknown methods are refused", async () => {
  await withHub({}, async (served) => {
    const host = { Host: `localhost:${served.port}` };
    for (const method of ["PUT", "DELETE", "TRACE", "PROPFIND", "OPTIONS"]) {
      const answer = await sendRaw(served.port, requestText(`${method} /`, host));
      assert.equal([answer.status, answer.headers.allow], [405, "GET, HEAD"], method);
    }
    assert.is((await sendRaw(served.port, requestText("CONNECT evil.example:80", host))).status, 405);
    assert.is((await sendRaw(served.port, requestText("POST /", posting(served), "{}"))).status, 405);
    assert.is((await get(served, "/request")).status, 405);
    assert.is((await sendRaw(served.port, requestText("GET /other", upgrading(served)))).status, 404);
    assert.is((await sendRaw(served.port, requestText("HEAD /", host))).body, "");
  });
});

const headerRules: Readonly<Record<string, readonly [check: string, value: RegExp]>> = {
  "content-security-policy": ["content", /^default-src 'self';.* frame-ancestors 'none'/],
  "cross-origin-resource-policy": ["embedding", /^same-origin$/],
  "x-content-type-options": ["sniffing", /^nosniff$/],
  "referrer-policy": ["traces", /^no-referrer$/],
  "cache-control": ["traces", /^no-store$/],
};

for (const [header, [check, value]] of Object.entries(headerRules)) {
  test(`every answer says ${header}, because of the check "${check}"`, async () => {
    await withHub({}, async (served) => {
      for (const path of ["/", "/page.js", "/icon.svg", "/nothing"]) {
        assert.match((await get(served, path)).headers[header] ?? "", value);
      }
      assert.match((await post(served, {})).headers[header] ?? "", value);
    });
    await withHub({ without: check }, async (served) => assert.is((await get(served, "/")).headers[header], undefined));
  });
}

test("no answer has a header of CORS", async () => {
  await withHub({}, async (served) => {
    const answers = [await get(served, "/"), await post(served, {}), await open(served, {})];
    for (const { headers } of answers) {
      assert.equal(
        Object.keys(headers).filter((name) => name.startsWith("access-control-")),
        [],
      );
    }
  });
});

test("the page is one document with one script, and has no script or style of its own", async () => {
  await withHub({}, async (served) => {
    const { status, body, headers } = await get(served, "/");
    assert.equal([status, headers["content-type"]], [200, "text/html; charset=utf-8"]);
    assert.equal(body.match(/<script[^>]*>.*/g), ['<script type="module" src="/page.js"></script>']);
    assert.equal(body.match(/<link[^>]*>/g), ['<link rel="icon" href="/icon.svg" type="image/svg+xml">']);
    assert.not.match(body, /\son\w+=|<style|style=|<img|<iframe/);
    const script = await get(served, "/page.js");
    assert.equal([script.status, script.headers["content-type"]], [200, "text/javascript; charset=utf-8"]);
  });
});

test("the script is one file that fetches nothing and has at most 60 KB gzipped", async () => {
  const script = await publishedPageScript();
  assert.not.match(script, /\bfetch\(|XMLHttpRequest|EventSource|sendBeacon|\bimport\(|importScripts|@import|url\(/);
  // The names of SVG and MathML are addresses that nobody asks.
  const addresses = script.match(/https?:\/\/[^"'`\s]+/g) ?? [];
  assert.equal(
    addresses.filter((address) => !address.startsWith("http://www.w3.org/")),
    [],
  );
  const bytes = gzipSync(script).length;
  assert.ok(bytes <= 60_000, `${bytes} bytes`);
});

const markup =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function/i;

test("no source of the page makes markup or code of a text", () => {
  const sources = join(folder, "page/src");
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  assert.ok(files.length > 30);
  for (const file of files) assert.not.match(readFileSync(join(sources, file), "utf8"), markup, file);
});

test("where NODE_ENV is production it does not start unless forced", async () => {
  const env = { NODE_ENV: "production" };
  let error: unknown;
  await withHub({ env }, async () => {}).catch((thrown) => (error = thrown));
  assert.match(String(error), /NODE_ENV is production/);
  await withHub({ env, force: true }, async (served) => assert.is((await get(served, "/")).status, 200));
});

test("every start has another token of 128 bits", async () => {
  const tokens = new Set<string>();
  for (let start = 0; start < 3; start++) await withHub({}, async ({ token }) => void tokens.add(token));

  assert.is(tokens.size, 3);
  for (const token of tokens) assert.is(Buffer.from(token, "base64url").length, 16);
});

test("a port that was chosen and is taken is an error; the default gives way", async () => {
  await withHub({}, async ({ port, host, observer }) => {
    let error: unknown;
    await startHub({ host, observer, port, env: {} }).catch((thrown) => (error = thrown));
    assert.match(String(error), `port ${port}`);

    const [one, other] = [await startHub({ host, observer, env: {} }), await startHub({ host, observer, env: {} })];
    try {
      assert.is.not(one.address, other.address);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });
});

test("it listens on both loopback addresses, with one port", async () => {
  await withHub({}, async (served) => {
    const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
    if (!hasIpv6) return;
    const text = requestText("GET /", { Host: `[::1]:${served.port}` });
    assert.is((await sendRaw(served.port, text, { host: "::1" })).status, 200);
  });
});

test("a head that does not end is given up", async () => {
  await withHub({ limits: { headerTimeoutMs: 100 } }, async ({ port }) => {
    const answer = await sendRaw(port, "GET / HTTP/1.1\r\nHost: localhost\r\n");
    assert.is(answer.status, 408);
  });
});

test("heads and bodies that are too large are refused", async () => {
  await withHub({}, async (served) => {
    assert.is((await get(served, "/", `localhost\r\nX: ${"x".repeat(20_000)}`)).status, 431);
    const large = requestText("POST /request", posting(served), JSON.stringify({ type: "x".repeat(70_000) }));
    assert.is((await sendRaw(served.port, large)).status, 413);
  });
});

test("long headers are read in a straight line", () => {
  const guarded = { ...{ method: "GET", target: "/live", hosts: 1, isUpgrade: true }, remoteAddress: "::1" };
  const settings = { port: 1, token: "t", allowedHosts: new Set<string>(), isExposed: false };
  for (const text of [",".repeat(1e6), " ".repeat(1e6), "a,".repeat(5e5), "[:".repeat(5e5), "a.".repeat(5e5)]) {
    const headers = { host: "localhost:1", upgrade: "websocket", "sec-websocket-protocol": text };
    assert.is(createGuard().refuse({ ...guarded, headers }, settings)?.status, 401);
    assert.ok(createGuard().refuse({ ...guarded, headers: { ...headers, host: text } }, settings));
    assert.ok(createGuard().refuse({ ...guarded, headers: { ...headers, origin: text } }, settings));
  }
});

test("more pages than may be open are refused, and nothing stays behind of those that were", async () => {
  const leaked = leaks();
  await withHub({ limits: { clients: 0 } }, async (served) => assert.is((await open(served, {})).status, 503));
  assert.equal(await leaked(), []);
});

test("a request is looked at as it came", () => {
  const rawHeaders = ["host", "a", "HOST", "b", "X", "host"];
  const request = { method: "GET", url: "/", headers: {}, rawHeaders, socket: { remoteAddress: "::1" } };
  assert.is(guardedRequest(request as never, false).hosts, 2);
});

test.run();

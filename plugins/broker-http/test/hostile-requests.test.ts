import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { MicroError } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Fleet, Inbox, limitMs, onlyNode, topic, withFleet } from "./support/fleet.ts";
import { type Asking, ask, askRaw } from "./support/post.ts";

const test = suite("what is no message");

const goMessage = `{"Header":{":topic":"${topic}","Content-Type":"application/octet-stream"},"Body":"CgRKb2hu"}`;

interface Case extends Asking {
  readonly status: number;
  readonly detail?: RegExp;
  readonly path?: string;
}

const withHeader = (header: string): Pick<Case, "body"> => ({ body: `{"Header":${header},"Body":null}` });
const withTopic = (name: string): Pick<Case, "body"> => withHeader(JSON.stringify({ ":topic": name }));
const withBody = (body: string): Pick<Case, "body"> => ({ body: `{"Header":{":topic":"${topic}"},"Body":${body}}` });
const many = (count: number): string =>
  JSON.stringify({
    ":topic": topic,
    ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`X-${at}`, "v"])),
  });

const cases: Readonly<Record<string, Case>> = {
  "a GET": { status: 405, method: "GET", body: "" },
  "a preflight": { status: 405, method: "OPTIONS", body: "", headers: { Origin: "http://evil" } },
  "another path": { status: 404, path: "/" },
  "a path below": { status: 404, path: "/_sub/../_sub?id=ID" },
  "an absolute URL": { status: 404, path: "http://evil/_sub?id=ID" },
  "no id": { status: 404, path: "/_sub" },
  "an unknown id": { status: 404, path: "/_sub?id=broker-a.b" },
  "the id of what every object has": { status: 404, path: "/_sub?id=__proto__" },
  "a URL that is too long": { status: 414, path: `/_sub?id=ID&x=${"x".repeat(2048)}` },
  "a form": { status: 415, headers: { "Content-Type": "application/x-www-form-urlencoded" } },
  "plain text, which a web page may post": { status: 415, headers: { "Content-Type": "text/plain" } },
  "another charset": { status: 415, headers: { "Content-Type": "application/json; charset=utf-16" } },
  "a type that only begins like it": { status: 415, headers: { "Content-Type": "application/json-rpc" } },
  "a compressed body": { status: 415, headers: { "Content-Encoding": "gzip" }, body: gzipSync(goMessage) },
  "too many HTTP headers": {
    status: 431,
    headers: Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`x-${at}`, "v"])),
  },
  nothing: { status: 400, body: "" },
  "a cut message": { status: 400, body: goMessage.slice(0, -1), detail: /malformed JSON/ },
  "two messages": { status: 400, body: goMessage + goMessage },
  null: { status: 400, body: "null" },
  "a list": { status: 400, body: "[]" },
  "a text": { status: 400, body: '"x"' },
  "bytes that are not UTF-8": { status: 400, body: Buffer.from([0x7b, 0xff, 0x7d]), detail: /UTF-8/ },
  "a deep nest": { status: 400, body: "[".repeat(100_000), detail: /nesting/ },
  "a deep nest behind a string": { status: 400, body: `{"a\\"":"\\\\","b":${"[".repeat(1000)}`, detail: /nesting/ },
  "no header": { status: 400, body: "{}", detail: /Topic not found/ },
  "a null header": { status: 400, ...withHeader("null"), detail: /Topic not found/ },
  "a header that is a list": { status: 400, ...withHeader("[]") },
  "a header that is no string": { status: 400, ...withHeader(`{":topic":"${topic}","N":1}`) },
  "a topic that is no string": { status: 400, ...withHeader('{":topic":["a"]}') },
  "an empty topic": { status: 400, ...withTopic("") },
  "a wildcard": { status: 400, ...withTopic("topic.*"), detail: /invalid topic/ },
  "another wildcard": { status: 400, ...withTopic(">") },
  "a topic with a line feed": { status: 400, ...withTopic("topic\n.greeter") },
  "a topic of 256 bytes": { status: 400, ...withTopic("t".repeat(256)) },
  "a topic of a megabyte": { status: 400, ...withTopic("t".repeat(1 << 20)) },
  "another topic than the subscription's": { status: 404, ...withTopic("topic.other") },
  "a header with a line feed": { status: 400, ...withHeader(`{":topic":"${topic}","A":"b\\r\\nC: d"}`) },
  "a header name with a NUL": { status: 400, ...withHeader(`{":topic":"${topic}","A\\u0000":"b"}`) },
  "half a surrogate pair": { status: 400, ...withHeader(`{":topic":"${topic}","A":"\\ud800"}`) },
  "too many headers": { status: 431, ...withHeader(many(100)) },
  "headers that are too large": { status: 431, ...withHeader(`{":topic":"${topic}","A":"${"b".repeat(16_384)}"}`) },
  "a body that is no string": { status: 400, ...withBody("[1]") },
  "a body that is not base64": { status: 400, ...withBody('"a-_="'), detail: /base64/ },
  "base64 cut short": { status: 400, ...withBody('"abc"') },
  "base64 that goes on behind its end": { status: 400, ...withBody('"YQ==YQ=="') },
  "a body over the limit": { status: 413, body: Buffer.alloc(4 * 1024 * 1024 + 1, " ") },
  "a body over the limit that does not say so": {
    status: 413,
    body: Buffer.alloc(4 * 1024 * 1024 + 1, " "),
    headers: { "Transfer-Encoding": "chunked" },
  },
};

for (const [what, { status, detail = /./, path = "/_sub?id=ID", ...asking }] of Object.entries(cases)) {
  test(`${what} is answered ${status}, and the next message arrives`, async () => {
    await withSubscriber(async ({ address, id, inbox, stats }) => {
      const answer = await ask(address, path.replace("ID", id), { body: goMessage, ...asking });

      assert.is(answer.status, status);
      const error = MicroError.parse(answer.body);
      assert.equal([error.id, error.code], ["go.micro.broker", status]);
      assert.match(error.detail, detail);
      assert.is(answer.headers.allow, status === 405 ? "POST" : undefined);
      assert.is(answer.headers["access-control-allow-origin"], undefined);
      assert.is(stats().rejected, 1);
      assert.is((await ask(address, `/_sub?id=${id}`, { body: goMessage })).status, 200);
      await inbox.holds(1);
      assert.is(inbox.messages.length, 1);
    });
  });
}

test("what goes on for ever is not kept, and cut", async () => {
  await withSubscriber(async ({ address, id }) => {
    const head = `POST /_sub?id=${id} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

    const answer = await askRaw(address, `${head}Content-Length: 1073741824\r\n\r\n{`);

    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /"code":413/);
  });
});

test("what is no HTTP is answered 400", async () => {
  await withSubscriber(async ({ address, id }) => {
    const head = `POST /_sub?id=${id} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

    for (const bytes of ["\u0016\u0003\u0001\r\n\r\n", `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`]) {
      assert.match(await askRaw(address, bytes), /^HTTP\/1\.1 400 /);
    }
  });
});

test("a publisher that goes away in the middle of a message leaves nothing", async () => {
  await withSubscriber(async ({ address, id, inbox, stats }) => {
    const head = `POST /_sub?id=${id} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    const [host, port] = address.split(":");
    const socket = connect({ host: host as string, port: Number(port) });
    await new Promise((resolve) => socket.write(`${head}Content-Length: 100\r\n\r\n{`, resolve));
    socket.destroy();

    await eventually(limitMs, "its end", () => stats().rejected === 1);
    assert.is((await ask(address, `/_sub?id=${id}`, { body: goMessage })).status, 200);
    await inbox.holds(1);
    assert.is(stats().received, 1);
  });
});

test("names that every object has are headers like any other", async () => {
  await withSubscriber(async ({ address, id, inbox }) => {
    const body = `{"Header":{":topic":"${topic}","__proto__":"polluted","constructor":"c"},"Body":null,"__proto__":{"a":1}}`;

    assert.is((await ask(address, `/_sub?id=${id}`, { body })).status, 200);

    await inbox.holds(1);
    const { header } = inbox.messages[0] as { header: Record<string, string> };
    assert.equal(Object.entries(header), [
      ["__proto__", "polluted"],
      ["constructor", "c"],
    ]);
    assert.is(({} as { polluted?: unknown }).polluted, undefined);
  });
});

test("what Go writes for nothing, a mark at the start and unknown members are no mistake", async () => {
  await withSubscriber(async ({ address, id, inbox }) => {
    const header = `"Header":{":topic":"${topic}"}`;
    const bodies = [`{${header},"Body":null}`, `{${header},"Body":""}`, `{${header}}`, `\ufeff{${header},"More":[{}]}`];

    for (const body of bodies) assert.is((await ask(address, `/_sub?id=${id}`, { body })).status, 200);

    await inbox.holds(bodies.length);
    assert.equal(inbox.texts, ["", "", "", ""]);
  });
});

test("a content type with its charset, in any case, is taken", async () => {
  await withSubscriber(async ({ address, id }) => {
    for (const type of ["Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"']) {
      const answer = await ask(address, `/_sub?id=${id}`, { body: goMessage, headers: { "Content-Type": type } });
      assert.is(answer.status, 200, type);
      assert.is(answer.body, "");
    }
  });
});

test("trouble that repeats is logged once, without what the peer wrote", async () => {
  await withSubscriber(async ({ address, id, warnings }) => {
    for (let round = 0; round < 3; round++) await ask(address, `/_sub?id=${id}`, { body: "secret" });

    assert.equal(
      warnings.map(({ message, fields }) => [message, fields.why]),
      [["a request was refused", "malformed JSON"]],
    );
  });
});

interface Subscriber extends Pick<Fleet, "warnings"> {
  readonly address: string;
  readonly id: string;
  readonly inbox: Inbox;
  stats(): { readonly rejected: number; readonly received: number };
}

function withSubscriber(run: (subscriber: Subscriber) => Promise<void>): Promise<void> {
  return withFleet(async ({ broker, registry, warnings }) => {
    const inbox = new Inbox();
    const ours = broker();
    await ours.subscribe(topic, inbox.handler, {});
    const { address, id } = await onlyNode(registry);
    await run({ address, id, inbox, warnings, stats: () => ours.stats });
  });
}

test.run();

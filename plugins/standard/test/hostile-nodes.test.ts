// Nodes that nobody should call, and nodes that answer with what is no answer: the whole client, as it comes.

import { createServer, type Server, type Socket } from "node:net";
import { definePlugin, type Kernel, MicroError, refusalOf, type ServiceNode, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("hostile nodes");

const service = "go.micro.srv.upstream";

const refused: Readonly<Record<string, readonly string[]>> = {
  "link-local and a cloud's metadata": ["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%lo", "fd00:ec2::254"],
  "the metadata of another cloud": ["100.100.100.200"],
  "the same in IPv6": ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe"],
  multicast: ["224.0.0.251", "239.255.255.255", "ff02::fb"],
  broadcast: ["255.255.255.255"],
  unspecified: ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"],
};

for (const [what, hosts] of Object.entries(refused)) {
  test(`no node is at an address that is ${what}`, async () => {
    for (const host of hosts) {
      assert.type(refusalOf(host), "string", host);
      const error = await errorOfCall([`${host.includes(":") ? `[${host}]` : host}:80`]);
      assert.equal([error.code, error.reason, error.notProcessed], [502, "address_not_allowed", true], host);
      assert.match(error.detail, /^address not allowed: /);
    }
  });
}

test("nodes are on private networks, in public ones and on loopback", () => {
  const allowed = ["10.0.0.7", "127.0.0.1", "172.16.3.4", "192.168.1.7", "8.8.8.8", "100.64.0.1", "223.255.255.1"];
  for (const host of [...allowed, "::1", "fd00::1", "2001:db8::1", "::ffff:10.0.0.7"]) {
    assert.is(refusalOf(host), undefined, host);
  }
});

test("a name that stands for such an address is refused when it is looked up", async () => {
  // Systems read these as addresses: decimal, octal and hexadecimal.
  for (const host of ["2852039166", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe"]) {
    const error = await errorOfCall([`${host}:80`]);
    assert.is(error.reason, "address_not_allowed", `${host}: ${error.detail}`);
    assert.match(error.detail, /it stands for 169\.254\.169\.254/);
  }
});

test("a caller that names such an address itself is refused, too", async () => {
  await withKernel([], async (kernel) => {
    const error = await failureOf(kernel.client.call(service, "A.B", {}, { address: "169.254.169.254:80" }));
    assert.is(error.reason, "address_not_allowed");
  });
});

test("the other nodes have its calls, also of what may not run twice", async () => {
  await withUpstream(answer('{"id":0,"result":{"ok":true},"error":null}'), async (address) => {
    await withKernel(["169.254.169.254:80", address], async (kernel) => {
      for (let n = 0; n < 20; n++) assert.equal(await kernel.client.call(service, "A.B", {}), { ok: true });
    });
  });
});

// What stands in an envelope with the status 200; the statuses of HTTP itself are the transport's to check.
const answers: Readonly<Record<string, readonly [body: string, code: number, reason: string | undefined]>> = {
  "a code of 42": [envelope('{"id":"x","code":42,"detail":"odd"}'), 502, "invalid_response"],
  "a code of 600": [envelope('{"id":"x","code":600,"detail":"odd"}'), 502, "invalid_response"],
  "a code of a thousand million": [envelope('{"id":"x","code":1e9,"detail":"odd"}'), 502, "invalid_response"],
  "a code below 0": [envelope('{"id":"x","code":-1,"detail":"odd"}'), 502, "invalid_response"],
  "a code of 0": [envelope('{"id":"x","code":0,"detail":"odd"}'), 500, undefined],
  "a code that is a text": [envelope('{"id":"x","code":"200","detail":"odd"}'), 500, undefined],
  "an error that is no JSON": [envelope("it broke"), 500, undefined],
  "an error that is no text": ['{"id":0,"result":null,"error":{"code":500}}', 502, "invalid_response"],
  "the id of another request": ['{"id":7,"result":{"secret":true},"error":null}', 502, "invalid_response"],
  "a large id": ['{"id":12345678901234567890,"result":{},"error":null}', 502, "invalid_response"],
  "no JSON": ["<html>", 502, "invalid_response"],
  "half of an answer": ['{"id":0,"result":', 502, "invalid_response"],
};

for (const [what, [body, code, reason]] of Object.entries(answers)) {
  test(`${what} in an answer is a ${code}`, async () => {
    await withUpstream(answer(body), async (address) => {
      await withKernel([address], async (kernel) => {
        const error = await failureOf(kernel.client.call(service, "A.B", {}));
        assert.equal([error.code, error.reason], [code, reason]);
      });
    });
  });
}

test("an answer in another encoding is a 502 that names it", async () => {
  await withUpstream(answer("<html>welcome</html>", "text/html"), async (address) => {
    const error = await errorOfCall([address]);
    assert.equal([error.code, error.reason], [502, "invalid_response"]);
    assert.match(error.detail, /text\/html/);
  });
});

test("an opaque error is cut to what fits a log line, and no byte of a header comes out of it", async () => {
  await withUpstream(answer(envelope("x\r\nSet-Cookie: a=b\r\n".repeat(500))), async (address) => {
    const error = await errorOfCall([address]);
    assert.is(error.code, 500);
    assert.is(error.detail.length, 1025);
  });
});

test("a connection with an answer to something else is not used again, nor is one whose answer is too long", async () => {
  const tooLong = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n";
  for (const bytes of [answer('{"id":7,"result":{},"error":null}'), tooLong]) {
    await withUpstream(bytes, async (address, connections) => {
      await withKernel([address], async (kernel) => {
        for (let n = 1; n <= 3; n++) {
          const error = await failureOf(kernel.client.call(service, "A.B", {}));
          assert.equal([error.code, error.reason], [502, "invalid_response"]);
          assert.is(connections(), n);
        }
      });
    });
  }
});

test("one with an error that was understood is used again", async () => {
  const body = envelope('{"id":"x","code":404,"detail":"no such thing","status":"Not Found"}');
  await withUpstream(answer(body), async (address, connections) => {
    await withKernel([address], async (kernel) => {
      for (let n = 0; n < 3; n++) {
        assert.is((await failureOf(kernel.client.call(service, "A.B", {}))).code, 404);
        assert.is(connections(), 1);
      }
    });
  });
});

test.run();

function envelope(error: string): string {
  return JSON.stringify({ id: 0, result: null, error });
}

function answer(body: string, contentType = "application/json"): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 200 OK\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

async function errorOfCall(addresses: readonly string[]): Promise<MicroError> {
  let error: MicroError | undefined;
  await withKernel(addresses, async (kernel) => {
    error = await failureOf(kernel.client.call(service, "A.B", {}));
  });
  return error as MicroError;
}

async function failureOf(call: Promise<unknown>): Promise<MicroError> {
  const outcome: unknown = await within(
    5000,
    "the failure",
    call.catch((error: unknown) => error),
  );
  assert.ok(MicroError.is(outcome), String(outcome));
  return outcome;
}

/** A kernel that calls, with a registry that somebody wrote these addresses into. */
async function withKernel(addresses: readonly string[], run: (kernel: Kernel) => Promise<void>): Promise<void> {
  const nodes: readonly ServiceNode[] = addresses.map((address) => ({ id: `x-${address}`, address, metadata: {} }));
  const record = { name: service, version: "1", metadata: {}, endpoints: [], nodes };
  const written = definePlugin({
    name: "written",
    setup: ({ provide }) =>
      provide("registry", "written", () => ({
        name: "written",
        settleMs: 0,
        register: async () => {},
        deregister: async () => {},
        getService: (name: string) => (name === service ? [record] : []),
        listServices: async () => [service],
        watch: () => ({ close: () => {} }),
        close: async () => {},
      })),
  });
  const flags = { registry: "written", selector: "cache", client_pool_size: "10" };
  const kernel = await startKernel({ plugins: [standard(), written] }, { flags });
  try {
    await run(kernel);
  } finally {
    await kernel.stop();
  }
}

/** A server that says the same to every request. */
async function withUpstream(
  bytes: string,
  run: (address: string, connections: () => number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    // A request of these tests comes in one piece, or its later pieces are no request.
    socket.on("data", (chunk) => String(chunk).startsWith("POST") && socket.write(bytes));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await run(`127.0.0.1:${(server.address() as { readonly port: number }).port}`, () => sockets.size);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

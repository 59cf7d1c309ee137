import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient } from "./support/raw-peer.ts";
import { after, echo, failure, never, requestBytes, text } from "./support/serve.ts";
import { until, within } from "./support/within.ts";

const test = suite("TLS");

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.log("SKIP no openssl command, which makes the certificates: apt-get install openssl");

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate that signs itself. */
function makeCertificate(name: string, altName: string): Pair {
  const folder = mkdtempSync(join(tmpdir(), "transport-http-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${altName}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-days", "2", ...subject, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  rmSync(folder, { recursive: true });
  return pair;
}

if (hasOpenssl) {
  const server = makeCertificate("localhost", "DNS:localhost,IP:127.0.0.1");
  const client = makeCertificate("client", "DNS:client");

  test("calls and streams go over TLS, to a name and to an address", async () => {
    const transport = new HttpTransport({ tls: { listen: server, dial: { ca: server.cert } } });
    const listener = await transport.listen({ address: "127.0.0.1:0" }, (exchange) => {
      if (exchange.request.body !== "stream") echo(exchange);
      else void exchange.receive().then((item) => exchange.reply(item ?? text("none")));
    });
    const port = listener.address.split(":")[1];
    for (const host of ["127.0.0.1", "localhost"]) {
      const connection = await within(5000, "dialling", transport.dial(`${host}:${port}`, never));
      for (const body of ["1", "ü", "x".repeat(1_000_000)]) {
        const reply = await within(5000, "the call", connection.roundTrip(text(body), never));
        assert.is(Buffer.from(reply.body as string).toString(), body);
      }
      const stream = connection.open(text("stream"), never);
      await stream.send(text("item"));
      stream.end();
      assert.is((await within(5000, "the item", stream.receive()))?.body, "item");
      assert.is(await within(5000, "the end", stream.receive()), undefined);
      stream.close();
    }
    await within(5000, "closing", listener.close());
  });

  test("a certificate that is not trusted, or of another name, is refused before anything is sent", async () => {
    const listener = await new HttpTransport({ tls: { listen: server } }).listen({ address: "127.0.0.1:0" }, echo);
    for (const dial of [{}, { ca: client.cert }, { ca: server.cert, serverName: "elsewhere" }]) {
      const error = await failure("dialling", new HttpTransport({ tls: { dial } }).dial(listener.address, never));
      assert.equal([error.reason, error.notProcessed], ["dial_failed", true]);
    }
    await within(5000, "closing", listener.close());
  });

  test("a server with a client authority turns away clients without its certificate", async () => {
    let accepted = 0;
    const transport = new HttpTransport({ tls: { listen: { ...server, clientCa: client.cert } } });
    const listener = await transport.listen({ address: "127.0.0.1:0" }, (exchange) => {
      accepted++;
      echo(exchange);
    });
    const call = async (dial: object): Promise<unknown> => {
      const connection = await new HttpTransport({ tls: { dial } }).dial(listener.address, never);
      try {
        return (await within(5000, "the call", connection.roundTrip(text("hi"), never))).body;
      } finally {
        connection.close();
      }
    };

    assert.is(await call({ ca: server.cert, ...client }), "hi");
    await failure("a call without a certificate", call({ ca: server.cert }));
    await failure("a call with a foreign one", call({ ca: server.cert, ...server }));
    assert.is(accepted, 1);
    await within(5000, "closing", listener.close());
  });

  test("the deadline ends a call over TLS, and its server sees it", async () => {
    let aborted = 0;
    const transport = new HttpTransport({ tls: { listen: server, dial: { ca: server.cert } } });
    const listener = await transport.listen({ address: "127.0.0.1:0" }, (exchange) => {
      const abort = (): void => {
        aborted++;
        exchange.reply(text("too late"));
      };
      exchange.onAbort = { abort };
    });
    const connection = await transport.dial(listener.address, never);
    assert.is((await failure("the call", connection.roundTrip(text(""), after(30)))).code, 408);
    await until("the abort", () => aborted === 1);
    await within(5000, "closing", listener.close());
  });

  test("a plain client of a TLS port is closed, also when it says nothing and the listener closes", async () => {
    const listener = await new HttpTransport({ tls: { listen: server } }).listen({ address: "127.0.0.1:0" }, echo);
    const loud = await RawClient.connect(listener.address);
    loud.write(requestBytes("hi"));
    await loud.rest();
    const silent = await RawClient.connect(listener.address);
    await within(5000, "closing", listener.close());
    loud.close();
    silent.close();
  });

  test("a TLS client of a plain port is told 400 at once", async () => {
    const listener = await new HttpTransport().listen({ address: "127.0.0.1:0" }, echo);
    const transport = new HttpTransport({ tls: { dial: { ca: server.cert } } });
    const error = await failure("dialling", transport.dial(listener.address, never));
    assert.is(error.reason, "dial_failed");
    await within(5000, "closing", listener.close());
  });
}

test.run();

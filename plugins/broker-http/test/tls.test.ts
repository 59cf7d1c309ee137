import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Inbox, limitMs, onlyNode, text, topic, withFleet } from "./support/fleet.ts";

const test = suite("TLS");

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

if (spawnSync("openssl", ["version"]).status !== 0) {
  console.log("SKIP no openssl to make certificates with: install openssl");
} else {
  const server = makeCertificate("localhost", "DNS:localhost,IP:127.0.0.1");
  const client = makeCertificate("client", "DNS:client");

  test("a subscriber that listens by TLS says so, and is dialled so", async () => {
    await withFleet(async ({ broker, registry }) => {
      const inbox = new Inbox();
      await broker({ tls: { listen: server } }).subscribe(topic, inbox.handler, {});
      assert.is((await onlyNode(registry)).metadata.secure, "true");
      const publisher = broker({ tls: { dial: { ca: server.cert } } });

      for (const name of ["1", "2"]) await publisher.publish(topic, text(name));

      await inbox.holds(2);
      assert.equal([publisher.stats.delivered, publisher.stats.failed], [2, 0]);
    });
  });

  test("a certificate that is not trusted, or of another name, gets no message", async () => {
    await withFleet(async ({ broker }) => {
      const inbox = new Inbox();
      await broker({ tls: { listen: server } }).subscribe(topic, inbox.handler, {});

      for (const dial of [{}, { ca: client.cert }, { ca: server.cert, serverName: "elsewhere" }]) {
        const publisher = broker({ tls: { dial } });
        await publisher.publish(topic, text("secret"));
        assert.equal([publisher.stats.delivered, publisher.stats.failed], [0, 1]);
      }

      assert.equal(inbox.messages, []);
    });
  });

  test("with a client authority, publishers without its certificate are turned away", async () => {
    await withFleet(async ({ broker }) => {
      const inbox = new Inbox();
      await broker({ tls: { listen: { ...server, clientCa: client.cert } } }).subscribe(topic, inbox.handler, {});
      const [known, unknown] = [
        broker({ tls: { dial: { ca: server.cert, cert: client.cert, key: client.key } } }),
        broker({ tls: { dial: { ca: server.cert } } }),
      ];

      await unknown.publish(topic, text("unknown"));
      await known.publish(topic, text("known"));

      await inbox.holds(1);
      assert.equal(inbox.texts, ["known"]);
      assert.is(unknown.stats.failed, 1);
    });
  });

  test("who connects and says nothing does not keep the broker from closing", async () => {
    await withFleet(async ({ broker, registry, defer }) => {
      const ours = broker({ tls: { listen: server } });
      await ours.subscribe(topic, () => {}, {});
      const [host, port] = (await onlyNode(registry)).address.split(":");
      const silent = connect({ host: host as string, port: Number(port) });
      silent.on("error", () => {});
      defer(() => silent.destroy());
      await within(limitMs, "connecting", new Promise((resolve) => silent.once("connect", resolve)));

      await within(limitMs, "closing", ours.close());
    });
  });
}

/** A certificate that signs itself. */
function makeCertificate(name: string, altName: string): Pair {
  const folder = mkdtempSync(join(tmpdir(), "broker-http-tls-"));
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

test.run();

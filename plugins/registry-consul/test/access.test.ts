import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@micro/kernel/testing";
import { ConsulRegistry } from "@micro/registry-consul";
import { suite } from "uvu";
import { withAgent } from "./support/agent.ts";
import { withFake } from "./support/fake-consul.ts";
import { createLog, createName, findIds, limitMs, nodeOf, recordOf, withRegistry } from "./support/records.ts";

const test = suite("access to Consul");
const token = "9d3f7c50-7f0c-4c5e-9d6a-5b3f8f0c1a2b";
const acl = { acl: { enabled: true, default_policy: "allow", tokens: { master: token } } };

test("with its token a registry registers and finds; without, it is told what is missing, and no log has a token", async () => {
  await withAgentThatDenies(async (address) => {
    const { log, lines } = createLog();
    await withRegistry({ address, token, log }, async (registry) => {
      const record = recordOf(createName());
      await eventually(limitMs, "Consul knows its token", () => registers(registry, record));
      await eventually(limitMs, "it is found", async () => (await findIds(registry, record.name)).length === 1);
      assert.deepEqual(await findIds(registry, record.name), [nodeOf(record).id]);

      await withRegistry({ address, log }, async (nobody) => {
        await assert.rejects(nobody.register(recordOf(createName())), { code: 403, message: /MICRO_CONSUL_TOKEN/ });
        assert.deepEqual(await nobody.getService(record.name), []);
      });
      const wrong = "00000000-1111-2222-3333-444444444444";
      await withRegistry({ address, token: wrong, log }, async (stranger) => {
        const failure = async (): Promise<unknown> => stranger.getService(record.name);
        await assert.rejects(failure, { code: 503, reason: "registry_unavailable", message: /MICRO_CONSUL_TOKEN/ });
        assert.equal(lines.join("\n").includes(wrong) || lines.join("\n").includes(token), false);
      });
    });
  });
});

test("where Consul denies by default, nothing found without a token is told as what it is", async () => {
  await withFake(async (fake) => {
    fake.rule = (_asked, response) => {
      response.setHeader("X-Consul-Default-ACL-Policy", "deny");
      return false;
    };
    const { log, lines } = createLog();
    await withRegistry({ address: fake.address, log }, async (registry) => {
      assert.deepEqual(await registry.getService("svc"), []);

      assert.match(lines.join("\n"), /nothing without a token.*MICRO_CONSUL_TOKEN/);
    });
  });
});

test("a token that no header can carry is refused without being told", () => {
  assert.throws(
    () => new ConsulRegistry({ token: "secret\r\nX-Evil: 1" }),
    (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
  );
});

if (spawnSync("openssl", ["version"]).status !== 0) {
  console.log("SKIP no openssl to make certificates with: install openssl");
} else {
  const server = makeCertificate("localhost", "DNS:localhost,IP:127.0.0.1");
  const client = makeCertificate("client", "DNS:client");

  test("https is used with the given authority and certificate, and never without verifying", async () => {
    const listener = createServer(
      { cert: server.cert, key: server.key, ca: client.cert, requestCert: true, rejectUnauthorized: true },
      (_request, response) => {
        response.setHeader("X-Consul-Index", "1");
        response.end("[]");
      },
    );
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const address = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    try {
      const ours = { cert: client.cert, key: client.key };
      await withRegistry({ address, tls: { ...ours, ca: server.cert } }, async (registry) => {
        assert.deepEqual(await registry.getService("any"), []);
      });
      const refused = [
        ours,
        { ca: server.cert },
        { ...ours, ca: client.cert },
        { ...ours, ca: server.cert, serverName: "elsewhere" },
      ];
      for (const tls of refused) {
        await withRegistry({ address, tls }, async (registry) => {
          await assert.rejects(async () => registry.getService("any"), { reason: "registry_unavailable" });
        });
      }
    } finally {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    }
  });
}

/** Consul itself allows everything here, so that it says when it is ready, and who has no token may nothing. */
async function withAgentThatDenies(run: (address: string) => Promise<void>): Promise<void> {
  await withAgent(async ({ address }) => {
    const deny = 'service_prefix "" { policy = "deny" } node_prefix "" { policy = "deny" }';
    const ask = async (path: string, body: object): Promise<number> => {
      const headers = { "X-Consul-Token": token };
      const init = { method: "PUT", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(limitMs) };
      return (await fetch(`http://${address}/v1/acl/${path}`, init)).status;
    };
    await eventually(limitMs, "a policy", async () => (await ask("policy", { Name: "nothing", Rules: deny })) === 200);
    const anonymous = { AccessorID: "00000000-0000-0000-0000-000000000002", Policies: [{ Name: "nothing" }] };
    assert.equal(await ask(`token/${anonymous.AccessorID}`, anonymous), 200);
    await run(address);
  }, acl);
}

async function registers(
  registry: ConsulRegistry,
  record: Parameters<ConsulRegistry["register"]>[0],
): Promise<boolean> {
  return registry.register(record).then(
    () => true,
    () => false,
  );
}

/** A certificate that signs itself. */
function makeCertificate(name: string, altName: string): { readonly cert: Buffer; readonly key: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "registry-consul-tls-"));
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

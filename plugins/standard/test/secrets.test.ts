// What a caller shows to say who it is: it reaches the handler and nobody else, and a refusal is final.

import {
  createMemoryNetwork,
  defineService,
  forbidden,
  getMetadata,
  type Kernel,
  type Logger,
  MicroError,
  memory,
  startKernel,
  unauthorized,
} from "@micro/kernel";

import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("tokens");

const token = "s3cr3t-4f1c";
const service = "go.micro.srv.guarded";

test("who shows none, or a wrong one, is refused once and for all, and who may not, too", async () => {
  await withGuarded(async ({ call, runs }) => {
    const cases: readonly (readonly [string | undefined, number])[] = [
      [undefined, 401],
      ["Bearer", 401],
      [`Bearer ${token}x`, 401],
      ["Bearer guest", 403],
    ];
    for (const [shown, code] of cases) {
      const before = runs();
      const error: unknown = await call(shown).catch((failure: unknown) => failure);
      assert.ok(MicroError.is(error));
      assert.is(error.code, code);
      assert.is(runs(), before + 1, "an idempotent call with five tries is made once");
    }
    assert.equal(await call(`Bearer ${token}`), { ok: true });
  });
});

test("a token stands in no log line and in no error, whatever fails", async () => {
  await withGuarded(async ({ kernel, call, lines }) => {
    const shown = { metadata: { Authorization: `Bearer ${token}`, Broken: "yes" } };
    const failures: unknown[] = [];
    const note = (failure: unknown): unknown => failures.push(failure);
    await call(`Bearer ${token}`, { Broken: "yes" }).catch(note);
    await call(`Bearer ${token}\r\n`).catch(note);
    await kernel.client.call(service, "Guarded.Nothing", {}, shown).catch(note);
    await kernel.client.call("go.micro.srv.nobody", "A.B", {}, shown).catch(note);
    await kernel.client.call(service, "Guarded.Read", {}, { ...shown, address: "127.0.0.1:1" }).catch(note);
    await kernel.client.call(service, "Guarded.Read", {}, { ...shown, address: "169.254.169.254:80" }).catch(note);
    await kernel.client.call(service, "Guarded.Slow", {}, { ...shown, timeout: "20ms" }).catch(note);

    assert.is(failures.length, 7);
    const said = failures.map((error) => `${error} ${JSON.stringify(error)} ${(error as Error).stack}`);
    for (const text of [...said, ...lines]) assert.not.match(text, token);
  });
});

test.run();

interface Scene {
  readonly kernel: Kernel;
  readonly lines: readonly string[];
  call(shown: string | undefined, metadata?: Readonly<Record<string, string>>): Promise<unknown>;
  runs(): number;
}

/** A service that lets one token in, and who calls it over real sockets. */
async function withGuarded(run: (scene: Scene) => Promise<void>): Promise<void> {
  let runs = 0;
  const lines: string[] = [];
  const write = (message: string, fields?: unknown): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  const guarded = defineService({
    name: service,
    handlers: {
      Guarded: {
        Read: (_input: object, { metadata }) => {
          runs++;
          const shown = getMetadata(metadata, "Authorization");
          if (shown === "Bearer guest") throw forbidden(service, "guests may not");
          if (shown !== `Bearer ${token}`) throw unauthorized(service, "who are you?");
          if (getMetadata(metadata, "Broken") === "yes") throw new Error("it broke");
          return { ok: true };
        },
        Slow: () => new Promise((resolve) => setTimeout(resolve, 200)),
      },
    },
  });
  const network = createMemoryNetwork();
  const config = { plugins: [standard(), memory({ network })], use: { registry: "memory", transport: "http" }, log };
  const flags = { server_address: "127.0.0.1:0", broker: "memory" };
  const server = await startKernel({ ...config, services: [guarded] }, { flags });
  const kernel = await startKernel(config, { flags: { ...flags, client_retries: "5" } });
  try {
    const call: Scene["call"] = (shown, metadata = {}) =>
      kernel.client.call(
        service,
        "Guarded.Read",
        {},
        {
          idempotent: true,
          metadata: { ...metadata, ...(shown === undefined ? {} : { Authorization: shown }) },
        },
      );
    await run({ kernel, lines, call, runs: () => runs });
  } finally {
    await kernel.stop();
    await server.stop();
  }
}

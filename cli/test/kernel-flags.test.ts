import { codecJsonRpc } from "@micro/codec-json-rpc";
import { createMemoryNetwork, defineService, type Kernel, memory, startKernel } from "@micro/kernel";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

const handlers = { Count: { Two: () => ({ two: 2n }) } };
const overHttp = defineService({ name: "go.micro.srv.http", handlers });
const inMemory = defineService({ name: "go.micro.srv.memory", handlers });
const plugins = [transportHttp(), memory({ network: createMemoryNetwork() }), codecJsonRpc()];
Object.assign(globalThis, { kernelFlagsPlugins: plugins });
const project = createProject({
  "micro.config.js": 'export default { plugins: globalThis.kernelFlagsPlugins, use: { transport: "memory" } };',
});
let kernels: readonly Kernel[] = [];

const test = suite("flags of the kernel on the command line");
test.before(async () => {
  const starts = ["http", "memory"].map((transport) => startKernel({ plugins, use: { transport } }));
  kernels = await Promise.all(starts);
  await kernels[0]?.serve(overHttp, { address: "127.0.0.1:0" });
  await kernels[1]?.serve(inMemory);
});
test.after(async () => {
  for (const kernel of kernels) await kernel.stop();
  project.remove();
});

const micro = (...argv: string[]) => runMain(argv, { cwd: project.folder });

test("help shows them with their variables", async () => {
  const { stdout } = await micro("--help");

  const shown = [
    "broker=TEXT",
    "broker_address=A,B",
    "transport=TEXT",
    "transport_address=A,B",
    "content_type=TEXT",
  ] as const;
  for (const flag of shown) {
    const variable = `$MICRO_${flag.split("=")[0]?.toUpperCase()}]`;
    const entry = stdout.split(/\n {2}(?=\S)/).find((text) => text.startsWith(`--${flag} `));
    assert.ok(entry?.split("\n\n")[0]?.endsWith(variable), `${flag}: ${entry}`);
  }
});

test("--transport chooses how a call travels", async () => {
  const chosen = await micro("query", overHttp.name, "Count.Two", "--transport=http");
  const other = await micro("query", overHttp.name, "Count.Two");

  assert.equal([chosen.status, chosen.stderr], [0, ""]);
  assert.is(other.status, 1);
});

test("--content_type chooses how a call is encoded", async () => {
  const ask = (...flags: string[]) => micro("query", inMemory.name, "Count.Two", ...flags);
  const unknown = await ask("--content_type=application/unknown");

  assert.is((await ask()).stdout, '{\n\t"two": 2\n}\n');
  // JSON has no bigint: one that arrived is shown as its digits.
  assert.is((await ask("--content_type=application/vnd.micro.memory")).stdout, '{\n\t"two": "2"\n}\n');
  assert.match(unknown.stderr, /Unsupported Content-Type: application\/unknown: add a plugin with its codec/);
});

test("health and stats are asked for in JSON, whatever --content_type says", async () => {
  for (const command of ["health", "stats"]) {
    const { status, stderr } = await micro(command, inMemory.name, "--content_type=application/unknown");

    assert.equal([status, stderr], [0, ""]);
  }
});

test("an implementation that nobody provides says what to install", async () => {
  for (const kind of ["broker", "transport"]) {
    const { status, stderr } = await micro("list", "services", `--${kind}=nowhere`);

    assert.is(status, 2);
    assert.match(stderr, new RegExp(`${kind} "nowhere" is not provided by any plugin; .*npm i @micro/${kind}-nowhere`));
  }
});

test.run();

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

const config = `
  const fakeToken = { type: "string", secret: true, description: "a password" };
  const flags = {
    fake_token: fakeToken,
    fake_other_token: fakeToken,
    fake_size: { type: "number", default: 1, description: "" },
    fake_wait: { type: "duration", default: "1m", description: "" },
    fake_plain: { type: "string", default: "as it is", description: "" },
  };
  const setup = () => {
    throw new Error("set up");
  };

  export default {
    plugins: [{ name: "fake", flags, settings: { fake_size: 3 }, setup }],
    use: { registry: "fake" },
    settings: {
      client_request_timeout: 9000,
    },
  };
`;

let project: Project;
const test = suite("micro config");
test.before(() => {
  project = createProject({ "micro.config.js": config });
});
test.after(() => project.remove());

const env = { MICRO_FAKE_WAIT: "90s", MICRO_FAKE_TOKEN: "hunter2", MICRO_BROKER_ADDRESS: "nats://me:hunter2@a:1,b:2" };
const micro = (...argv: string[]) => runMain(["config", ...argv], { cwd: project.folder, env });

test("every setting is shown by plugin with its value and where that comes from, and nothing is set up", async () => {
  const { status, stdout, stderr } = await micro("--server_id=x");
  const lines = stdout.split("\n").map((line) => line.replace(/ {2,}/g, "  "));
  const lineOf = (name: string) => lines.find((line) => line.slice(2).startsWith(`${name} `));

  assert.equal([status, stderr], [0, ""]);
  assert.equal(
    lines.filter((line) => line.startsWith("Settings of")),
    ["Settings of kernel:", "Settings of micro:", "Settings of fake:"],
  );
  assert.is(lineOf("server_address"), "  server_address  :0  default");
  assert.is(lineOf("server_name"), "  server_name  -  default");
  assert.is(lineOf("server_id"), "* server_id  x  --server_id");
  assert.is(
    lineOf("client_request_timeout"),
    "* client_request_timeout  9s  settings.client_request_timeout in micro.config.js:18",
  );
  assert.is(lineOf("registry"), "* registry  fake  use.registry in micro.config.js:16");
  assert.is(lineOf("fake_size"), '* fake_size  3  fake_size of plugin "fake"');
  assert.is(lineOf("fake_wait"), "* fake_wait  1m30s  MICRO_FAKE_WAIT");
  assert.is(lineOf("json"), undefined);
});

test("its columns stand below each other", async () => {
  const { stdout } = await micro("server", "broker", "registry");
  const at = stdout.split("\n").flatMap((line) => (line.endsWith("  default") ? [line.lastIndexOf("default")] : []));

  assert.ok(at.length > 5);
  assert.is(new Set(at).size, 1);
});

test("secrets and passwords in addresses are stars, also in JSON", async () => {
  for (const argv of [[], ["--json"]]) {
    const { stdout } = await micro(...argv);

    assert.not.match(stdout, "hunter2");
    assert.match(stdout, argv.length === 0 ? /\n\* fake_token +\*\*\* +MICRO_FAKE_TOKEN\n/ : '"value": "***"');
    assert.match(stdout, argv.length === 0 ? "nats://me:***@a:1,b:2" : '"nats://me:***@a:1"');
  }
  assert.match((await micro("fake_other")).stdout, /\n {2}fake_other_token +- +default\n/);
});

test("--json prints the same for programs", async () => {
  const { stdout } = await micro("--json", "fake_wait", "fake_size", "broker");

  assert.equal(JSON.parse(stdout), [
    entry("broker", "kernel", "", "default", ""),
    entry("broker_address", "kernel", ["nats://me:***@a:1", "b:2"], "environment", "MICRO_BROKER_ADDRESS"),
    entry("fake_size", "fake", 3, "plugin", 'fake_size of plugin "fake"'),
    entry("fake_wait", "fake", "1m30s", "environment", "MICRO_FAKE_WAIT"),
  ]);
});

test("words choose settings by a part of their names or by their plugin", async () => {
  const names = async (...words: string[]) =>
    (JSON.parse((await micro("--json", ...words)).stdout) as { name: string }[]).map(({ name }) => name);

  assert.equal(await names("client"), ["client_request_timeout"]);
  assert.equal(await names("fake_w", "server_id"), ["server_id", "fake_wait"]);
  assert.equal(await names("micro"), ["config"]);
});

test("a word that no setting has ends with 2 and the nearest one", async () => {
  assert.equal(await micro("clinet"), {
    status: 2,
    stdout: "",
    stderr: 'micro: no setting has "clinet" in its name; did you mean "client"?\n',
  });
});

test("a control character in a value stays on its line and does nothing", async () => {
  const { stdout } = await micro("fake_plain", "--fake_plain=a\n* \u001b[2Jb");

  assert.match(stdout, /\n\* fake_plain {2}a\* \[2Jb {2}--fake_plain\n$/);
});

test("a value that is not allowed is an error as with every command", async () => {
  const { status, stdout, stderr } = await micro("--fake_size=many");

  assert.equal([status, stdout], [2, ""]);
  assert.match(stderr, '--fake_size must be a whole number, at least 0, not "many"');
});

function entry(name: string, plugin: string, value: unknown, source: string, origin: string) {
  return { name, plugin, value, source, origin, variable: `MICRO_${name.toUpperCase()}` };
}

test.run();

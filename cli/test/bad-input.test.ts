import { createServer, type Server } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project, serviceSource } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

// What any of its setups does would be seen on stdout.
const config = `
  import { standard } from "@micro/standard";

  const setup = ({ provide, hooks }) => {
    for (const kind of ["registry", "broker"]) provide(kind, "loud", () => globalThis.badInput.started(kind));
    hooks.start.tap("loud", () => globalThis.badInput.started("start"));
  };
  const volume = { type: "number", default: 1, max: 5, description: "" };
  const flags = { loud_volume: volume, loud_token: { type: "string", choices: ["a", "b"], secret: true, description: "" } };
  export default {
    plugins: [standard(), { name: "loud", flags, setup }],
    use: { registry: "loud", transport: "http" },
    services: ["service.ts"],
  };
`;

let project: Project;
let started: string[] = [];
Object.assign(globalThis, {
  badInput: {
    started: (what: string) => {
      started.push(what);
      return { name: "loud", settleMs: 0, register: async () => {}, close: async () => {} };
    },
  },
});
const test = suite("bad input");
test.before(() => {
  project = createProject({ "micro.config.js": config, "service.ts": serviceSource("go.micro.srv.bad-input") });
});
test.before.each(() => {
  started = [];
});
test.after(() => project.remove());

const run = (...argv: string[]) => runMain(["run", ...argv], { cwd: project.folder });

test("what is wrong on the command line ends with 2 and one line, and nothing was started", async () => {
  const whole = "must be a whole number from 0 to 10000, not";
  const cases = [
    ["--client_pool_sise=5", "unknown option --client_pool_sise; did you mean --client_pool_size?"],
    ["--loud_volume=abc", '--loud_volume must be a whole number from 0 to 5, not "abc"'],
    ["--loud_volume=-1", '--loud_volume must be a whole number from 0 to 5, not "-1"'],
    ["--loud_volume=1e9", '--loud_volume must be a whole number from 0 to 5, not "1e9"'],
    ["--loud_volume=", '--loud_volume must be a whole number from 0 to 5, not ""'],
    ["--loud_volume=Infinity", '--loud_volume must be a whole number from 0 to 5, not "Infinity"'],
    ["--client_pool_size=-1", whole],
    ["--client_pool_size=Infinity", whole],
    ["--client_request_timeout=5", "--client_request_timeout must be a duration like 500ms or 1m30s"],
    ["--client_request_timeout=Infinity", "must be a duration"],
    ["--client_request_timeout=", "must be a duration"],
    ["--client_request_timeout", "--client_request_timeout needs a value"],
    ["--loud_volume=1 --loud_volume=2", "--loud_volume can be given only once"],
    ["--__proto__=1", "unknown option --__proto__"],
    ["--selector=nope", 'selector "nope" is not provided by any plugin; there is '],
    ["--selector=randm", 'did you mean "random"?'],
    ["--broker=htpt", 'broker "htpt" is not provided by any plugin; there is memory, http, loud; did you mean "http"?'],
  ] as const;
  for (const [argv, message] of cases) {
    const { status, stdout, stderr } = await run(...argv.split(" "));

    assert.equal([status, stdout, started], [2, "", []], argv);
    assert.match(stderr, /^micro: .*\n$/);
    assert.ok(stderr.includes(message), `${argv}: ${stderr}`);
  }
});

test("a wrong variable is named, with its value and what is allowed", async () => {
  const env = { MICRO_LOUD_VOLUME: "many" };
  const { status, stderr } = await runMain(["run"], { cwd: project.folder, env });

  assert.equal([status, started], [2, []]);
  assert.is(stderr, 'micro: MICRO_LOUD_VOLUME must be a whole number from 0 to 5, not "many"\n');
});

test("a wrong setting of the config is shown with its line", async () => {
  const cases = [
    ["loud_volumes: 3", "settings.loud_volumes in wrong.js:3; did you mean settings.loud_volume"],
    ["loud_volume: 30", "settings.loud_volume in wrong.js:3 must be a whole number from 0 to 5, not 30"],
    ["loud_volume: Infinity", "settings.loud_volume in wrong.js:3 must be a whole number from 0 to 5, not Infinity"],
    ['["__proto__"]: 1', "unknown option settings.__proto__ in wrong.js:3"],
    ["client_request_timeout: {}", "in wrong.js:3 must be a duration like 500ms or 1m30s, at least 0s, not an object"],
  ] as const;
  for (const [index, [setting, message]] of cases.entries()) {
    // Modules are kept by name.
    const folder = `case-${index}`;
    const text = `export default {\n  settings: {\n    ${setting},\n  },\n  plugins: [{ name: "x", flags }],\n};\n`;
    const flags = 'const flags = { loud_volume: { type: "number", default: 1, max: 5, description: "" } };';
    project.write(`${folder}/wrong.js`, `${flags} ${text}`);
    const { status, stderr } = await runMain(["list", "services", "--config=wrong.js"], {
      cwd: `${project.folder}/${folder}`,
    });

    assert.is(status, 2, stderr);
    assert.ok(stderr.includes(message), stderr);
  }
});

test("an unknown choice in the config is shown with its line", async () => {
  project.write("use.js", 'export default {\n  use: { registri: "mdns" },\n};\n');
  const { status, stderr } = await runMain(["list", "services", "--config=use.js"], { cwd: project.folder });

  assert.is(status, 2);
  assert.is(stderr, "micro: unknown option use.registri in use.js:2; did you mean use.registry in the config?\n");
});

test("a secret that is not allowed is not shown", async () => {
  const { status, stderr } = await run("--loud_token=hunter2");

  assert.is(status, 2);
  assert.is(stderr, "micro: --loud_token must be one of a, b\n");
});

test("flags of a package that do not fit together end with 2 and one line", async () => {
  const cases = [
    ["--consul_cert_file=service.ts", "--consul_cert_file and --consul_key_file belong together"],
    ["--consul_key_file=service.ts", "--consul_cert_file and --consul_key_file belong together"],
    ["--consul_ca_file=/no/such/file", "--consul_ca_file cannot be read: ENOENT"],
    ["--register_ttl=5 --register_interval=10", "registerIntervalMs 10000 is not less than registerTtlMs 5000"],
    ["--registry_address=consul:99999", 'address "consul:99999" is not host:port'],
  ] as const;
  for (const [argv, message] of cases) {
    const { status, stdout, stderr } = await run("--registry=consul", ...argv.split(" "));

    assert.equal([status, stdout, started.filter((what) => what === "start")], [2, "", []], argv);
    assert.match(stderr, /^micro: .*\n$/);
    assert.ok(stderr.includes(message), `${argv}: ${stderr}`);
  }
});

test("a port that is in use is named and ends with 1, and nothing stays registered", async () => {
  const { server, port } = await occupy();
  const { status, stdout, stderr } = await run(`--server_address=127.0.0.1:${port}`);
  server.close();

  assert.equal([status, stdout], [1, ""]);
  assert.match(stderr, new RegExp(`^micro: .*127\\.0\\.0\\.1:${port}.*in use.*\\n$`));
});

async function occupy(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as { port: number }).port };
}

test.run();

import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

/** A flag of go-micro in June 2016, with a value as it was written then and what it means here. */
interface OldFlag {
  readonly name: string;
  /** As its help showed it; `""` for none. */
  readonly default: unknown;
  /** Ours where it is another one; cli/README.md says why. */
  readonly ours?: unknown;
  readonly written: string;
  readonly means: unknown;
}

const flags: readonly OldFlag[] = [
  { name: "client_request_timeout", default: "5s", written: "1m30s", means: "1m30s" },
  { name: "client_retries", default: 1, written: "3", means: 3 },
  { name: "client_pool_size", default: 0, written: "10", means: 10 },
  { name: "client_pool_ttl", default: "1m0s", written: "1.5h", means: "1h30m0s" },
  { name: "server_name", default: "go-server", ours: "", written: "go.micro.srv.x", means: "go.micro.srv.x" },
  { name: "server_version", default: "1.0.0", ours: "", written: "2.1.0", means: "2.1.0" },
  { name: "server_id", default: "", written: "x-1", means: "x-1" },
  { name: "server_address", default: ":0", written: "127.0.0.1:8000", means: "127.0.0.1:8000" },
  { name: "server_advertise", default: "", written: "example.com:80", means: "example.com:80" },
  { name: "server_metadata", default: [], written: "zone=a=b", means: ["zone=a=b"] },
  { name: "broker", default: "http", ours: "", written: "http", means: "http" },
  { name: "broker_address", default: [], written: "a:1,b:2", means: ["a:1", "b:2"] },
  { name: "registry", default: "consul", ours: "", written: "mdns", means: "mdns" },
  { name: "registry_address", default: [], written: "a:1,b:2", means: ["a:1", "b:2"] },
  { name: "selector", default: "default", ours: "random", written: "default", means: "default" },
  { name: "transport", default: "http", ours: "", written: "http", means: "http" },
  { name: "transport_address", default: [], written: "a:1,b:2", means: ["a:1", "b:2"] },
];

let project: Project;
const test = suite("the flags of go-micro 2016");
test.before(() => {
  project = createProject();
});
test.after(() => project.remove());

test("every one is there, with its default or a difference that is documented", async () => {
  const entries = await settings([]);
  const documented = readFileSync(new URL("../README.md", import.meta.url), "utf8");

  for (const flag of flags) {
    const { value, source } = entries.get(flag.name) ?? {};
    assert.equal([value, source], ["ours" in flag ? flag.ours : flag.default, "default"], flag.name);
    if ("ours" in flag) assert.match(documented, new RegExp(`\\n\\| \`--${flag.name}\` +\\| \`${flag.default}\``));
  }
});

test("every one takes what was written for it then, on the command line and in its variable", async () => {
  const byFlag = await settings(flags.map(({ name, written }) => `--${name}=${written}`));
  const variables = flags.map(({ name, written }) => [`MICRO_${name.toUpperCase()}`, written]);
  const byVariable = await settings([], Object.fromEntries(variables));

  for (const { name, means } of flags) {
    assert.equal([byFlag.get(name)?.value, byFlag.get(name)?.source], [means, "flag"], name);
    assert.equal([byVariable.get(name)?.value, byVariable.get(name)?.source], [means, "environment"], name);
  }
});

test("metadata and addresses may be given again", async () => {
  const entries = await settings(["--server_metadata=a=1", "--server_metadata=b=2", "--registry_address", "a:1"]);

  assert.equal(entries.get("server_metadata")?.value, ["a=1", "b=2"]);
  assert.equal(entries.get("registry_address")?.value, ["a:1"]);
});

test("the seconds of --register_ttl and --register_interval are taken as the tool took them", async () => {
  const flags = ["--registry=consul", "--register_ttl=30", "--register_interval=10"];
  const [bare, written] = [await settings(flags), await settings(["--registry=consul", "--register_ttl=1m30s"])];

  assert.equal([bare.get("register_ttl")?.value, bare.get("register_interval")?.value], ["30s", "10s"]);
  assert.is(written.get("register_ttl")?.value, "1m30s");
});

interface Entry {
  readonly name: string;
  readonly value: unknown;
  readonly source: string;
}

async function settings(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = await runMain(["config", "--json", ...argv], { cwd: project.folder, env });
  assert.equal([status, stderr], [0, ""]);
  return new Map((JSON.parse(stdout) as readonly Entry[]).map((entry) => [entry.name, entry]));
}

test.run();

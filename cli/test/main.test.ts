import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

const config = `
  import { definePlugin } from "@micro/kernel";

  const shout = definePlugin({
    name: "shout",
    flags: { shout_volume: { type: "number", default: 3, max: 11, description: "how loud" } },
    commands: {
      shout: {
        description: "say a word",
        args: "WORD",
        flags: { twice: { type: "boolean", description: "and again" } },
        load: () => import("./shout.js"),
      },
      crash: { description: "fail", load: async () => ({ run: async () => { throw new RangeError("oh"); } }) },
    },
    config: (config) => ({ ...config, settings: { ...config.settings, server_id: "x" } }),
  });

  export default { plugins: [shout], settings: { client_request_timeout: "9s" } };
`;
const command = `
  export const run = async ({ args, flags, settings, stdout }) => {
    const value = (name) => name + "=" + settings.get(name) + " from " + settings.source(name);
    stdout([...args, flags.twice, value("shout_volume"), value("server_id")].join("\\n") + "\\n");
    return 7;
  };
`;

let project: Project;
const test = suite("the command line");
test.before(() => {
  project = createProject({ "micro.config.js": config, "shout.js": command });
});
test.after(() => project.remove());

const micro = (...argv: string[]) => runMain(argv, { cwd: project.folder });

test("a plugin's command gets its arguments, its flags and the settings, and gives the exit status", async () => {
  const { status, stdout, stderr } = await micro("--shout_volume", "11", "shout", "a", "--twice", "b", "--", "--c");

  assert.is(stderr, "");
  assert.is(stdout, "a\nb\n--c\ntrue\nshout_volume=11 from flag\nserver_id=x from config\n");
  assert.is(status, 7);
});

test("variables of the environment set flags, and MICRO_CONFIG names the config", async () => {
  const env = { MICRO_SHOUT_VOLUME: "5", MICRO_CONFIG: "micro.config.js", MICRO_SOMETHING: "x" };
  const { stdout } = await runMain(["shout"], { cwd: project.folder, env });

  assert.match(stdout, /shout_volume=5 from environment/);
});

test("--config names another file, relative to the working directory", async () => {
  project.write("other/config.js", "export { default } from '../micro.config.js'");

  assert.is((await micro("shout", "--config", "other/config.js")).status, 7);
  const { status, stderr } = await micro("shout", "--config=nowhere.ts");
  assert.is(status, 2);
  assert.match(stderr, /--config: there is no file .*nowhere\.ts/);
});

test("an unknown flag or a value that is not allowed ends with 2 and says what is", async () => {
  const cases = [
    [["shout", "--shout_volum=4"], "micro: unknown option --shout_volum; did you mean --shout_volume?\n"],
    [["shout", "--shout_volume=12"], 'micro: --shout_volume must be a whole number from 0 to 11, not "12"\n'],
    [["shout", "--shout_volume=1", "--shout_volume=2"], "micro: --shout_volume can be given only once\n"],
    [["crash", "--twice"], "micro: unknown option --twice\n"],
  ] as const;
  for (const [argv, stderr] of cases) assert.equal(await micro(...argv), { status: 2, stdout: "", stderr });

  const env = { MICRO_SHOUT_VOLUME: "loud" };
  assert.match((await runMain(["shout"], { cwd: project.folder, env })).stderr, /MICRO_SHOUT_VOLUME must be/);
});

test("an unknown command ends with 2 and says which ones were meant", async () => {
  assert.equal(await micro("querry"), {
    status: 2,
    stdout: "",
    stderr: 'micro: unknown command "querry"; did you mean "query"?\n',
  });
  assert.match((await micro("list")).stderr, /list what\? micro list services/);
  assert.match((await micro("lst", "services")).stderr, /did you mean "list services"\?/);
  assert.match((await micro("abracadabra")).stderr, /unknown command "abracadabra"; see micro help/);
  assert.match((await micro("__proto__")).stderr, /unknown command "__proto__"/);
});

test("a variable that no flag has, but nearly, is warned of and hinders nothing", async () => {
  const warned = async (variable: string, value = "5") => {
    const outcome = await runMain(["shout"], { cwd: project.folder, env: { [variable]: value } });
    assert.is(outcome.status, 7);
    return outcome.stderr;
  };

  assert.is(
    await warned("MICRO_SHOUT_VOLUM"),
    "micro: no flag has the variable MICRO_SHOUT_VOLUM; did you mean MICRO_SHOUT_VOLUME?\n",
  );
  assert.match(await warned("MICRO_TWISE"), /did you mean MICRO_TWICE\?/);
  assert.match(await warned("MICRO_server_id"), /did you mean MICRO_SERVER_ID\?/);
  for (const other of ["MICRO_SOMETHING", "SHOUT_VOLUM", "MICRO_"]) assert.is(await warned(other), "");
  assert.is(await warned("MICRO_SHOUT_VOLUM", ""), "", "an empty variable sets nothing");
});

test("a command that throws a mistake is shown with its stack and ends with 1", async () => {
  const { status, stderr } = await micro("crash");

  assert.is(status, 1);
  assert.match(stderr, /^micro: RangeError: oh\n {4}at /);
});

test("--version prints the version, without a config", async () => {
  const { status, stdout } = await runMain(["--version", "--config=nowhere"], { cwd: project.folder });

  assert.is(status, 0);
  assert.match(stdout, /^micro \d+\.\d+\.\d+\n$/);
});

test("help shows commands, and flags by plugin with default and variable", async () => {
  for (const argv of [[], ["help"], ["--help"], ["-h"]]) {
    const { status, stdout, stderr } = await micro(...argv);

    assert.equal([status, stderr], [0, ""]);
    assert.match(stdout, /Commands:\n {2}run \[FILE\.\.\.\] +serve/);
    assert.match(stdout, / {2}shout WORD +say a word\n/);
    assert.match(
      stdout,
      /Flags of kernel:\n(.*\n)* {2}--client_request_timeout=DURATION +.+\(5s\) \[\$MICRO_CLIENT_REQUEST_TIMEOUT\]\n/,
    );
    assert.match(stdout, /Flags of shout:\n {2}--shout_volume=NUMBER +how loud +\(3\) \[\$MICRO_SHOUT_VOLUME\]\n/);
    assert.not.match(stdout, /twice/);
  }
});

test("help for a command shows what it takes", async () => {
  const pages = await Promise.all([micro("help", "shout"), micro("shout", "-h"), micro("--help", "shout", "x")]);

  for (const { status, stdout } of pages) {
    assert.is(status, 0);
    assert.match(stdout, /^micro shout: say a word\n\nUsage: micro shout WORD\n\n(.*\n)+ {2}--twice +and again +\[/);
  }
  assert.match((await micro("help", "get", "service")).stdout, /Usage: micro get service NAME/);
  assert.is((await micro("help", "nothing")).status, 2);
});

test("help survives a config that does not load", async () => {
  const broken = createProject({ "micro.config.ts": "throw new Error('no luck')" });
  const { status, stdout, stderr } = await runMain(["--help"], { cwd: broken.folder });
  const query = await runMain(["list", "services"], { cwd: broken.folder });
  broken.remove();

  assert.is(status, 0);
  assert.match(stdout, /Commands:/);
  assert.match(stderr, /no luck/);
  assert.equal([query.status, query.stdout], [1, ""]);
});

test("help fits a hundred columns, with everything that belongs to the right of a flag in one column", async () => {
  const { stdout } = await micro("--help");
  const lines = stdout.slice(stdout.indexOf("Flags of kernel:")).split("\n");
  const starts = lines.flatMap((line) => / {2}--\S+ {2,}(?=\S)|^ {8,}(?=\S)/.exec(line)?.[0].length ?? []);

  assert.ok(Math.max(...stdout.split("\n").map((line) => line.length)) <= 100);
  assert.ok(starts.length > 20);
  assert.is(new Set(starts).size, 1, String(starts));
  assert.ok(stdout.indexOf("Flags of kernel:") < stdout.indexOf("Flags of micro:"));
});

test("a word that is longer than its column gets a line of its own", async () => {
  const wide = createProject({
    "micro.config.js": `
      const name = "a_flag_that_nobody_can_type_without_a_mistake";
      export default { plugins: [{ name: "wide", flags: { [name]: { type: "duration", default: "1s", description: "long" } } }] };
    `,
  });
  const { stdout } = await runMain(["--help"], { cwd: wide.folder });
  wide.remove();

  assert.match(stdout, /\n {2}--a_flag_that_nobody_can_type_without_a_mistake=DURATION\n {30,}long \(1s\)/);
});

test("two plugins cannot bring one flag: the message names both, on a line", async () => {
  const twice = createProject({
    "micro.config.js": `
      const flags = { volume: { type: "number", default: 0, description: "" } };
      export default { plugins: [{ name: "a", flags }, { name: "b", flags }] };
    `,
    "kernel.js": `
      const flags = { server_id: { type: "number", default: 0, description: "" } };
      export default { plugins: [{ name: "a", flags }] };
    `,
  });
  const among = await runMain(["list", "services"], { cwd: twice.folder });
  const kernels = await runMain(["list", "services", "--config=kernel.js"], { cwd: twice.folder });
  twice.remove();

  assert.equal([among.status, among.stdout, kernels.status], [1, "", 1]);
  assert.is(
    among.stderr,
    'micro: plugin "b" brings the flag "volume" of plugin "a" again; use one of the two, or rename it\n',
  );
  assert.match(kernels.stderr, /plugin "a" brings the flag "server_id" of the kernel again/);
});

test("two plugins cannot bring one command", async () => {
  const twice = createProject({
    "micro.config.js": `
      const command = { description: "", load: async () => ({ run: async () => 0 }) };
      export default { plugins: [{ name: "a", commands: { run: command } }] };
    `,
  });
  const { status, stderr } = await runMain(["run"], { cwd: twice.folder });
  twice.remove();

  assert.is(status, 1);
  assert.match(stderr, /plugin "a" brings the command "run", which plugin "micro" has/);
});

test("a capability that is chosen by name comes from the package that is installed under it", async () => {
  project.write("node_modules/micro-registry-fake/package.json", '{ "type": "module", "exports": "./index.js" }');
  project.write(
    "node_modules/micro-registry-fake/index.js",
    `export const registryFake = () => ({
       name: "registry-fake",
       flags: { fake_names: { type: "list", description: "what it lists" } },
       setup({ flags, provide }) {
         provide("registry", "fake", () => ({
           name: "fake", settleMs: 0, listServices: async () => flags.fake_names, close: async () => {},
         }));
       },
     });`,
  );
  const { status, stdout, stderr } = await micro("list", "services", "--registry=fake", "--fake_names=b,a");

  assert.equal([status, stdout, stderr], [0, "a\nb\n", ""]);
});

test("a plugin of the config goes before the package of what it provides", async () => {
  project.write(
    "own.js",
    `const registry = () => ({ name: "fake", settleMs: 0, listServices: async () => ["own"], close: async () => {} });
     export default { plugins: [{ name: "acme", setup: ({ provide }) => provide("registry", "fake", registry) }],
       use: { registry: "fake" } };`,
  );
  const { status, stdout, stderr } = await micro("list", "services", "--config=own.js");

  assert.equal([status, stdout, stderr], [0, "own\n", ""]);
});

test("a package is loaded too when a variable or the config chooses it, or there is no config", async () => {
  const env = { MICRO_REGISTRY: "fake", MICRO_FAKE_NAMES: "c" };
  const byVariable = await runMain(["list", "services"], { cwd: project.folder, env });
  project.write("chosen.js", 'export default { use: { registry: "fake" }, settings: { fake_names: ["d"] } };');
  const byConfig = await micro("list", "services", "--config=chosen.js");
  project.write("bare/package.json", "{}");
  const without = await runMain(["list", "services", "--registry=fake", "--fake_names=e"], {
    cwd: `${project.folder}/bare`,
  });

  assert.equal(
    [byVariable, byConfig, without],
    ["c\n", "d\n", "e\n"].map((stdout) => ({ status: 0, stdout, stderr: "" })),
  );
});

test("a capability that nobody provides says what to install, and no path is taken for a package", async () => {
  for (const name of ["nowhere", "../../micro.config"]) {
    const { status, stderr } = await micro("list", "services", `--registry=${name}`);

    assert.is(status, 2);
    assert.match(stderr, /^micro: registry ".*" is not provided by any plugin; .*npm i @micro\/registry-/);
  }
});

test("a package that is installed and does not load says so", async () => {
  project.write("node_modules/micro-registry-bad/package.json", '{ "type": "module", "exports": "./index.js" }');
  project.write("node_modules/micro-registry-bad/index.js", "throw new Error('bad package')");
  const { status, stderr } = await micro("list", "services", "--registry=bad");

  assert.is(status, 1);
  assert.match(stderr, /micro-registry-bad is installed and does not load: .*bad package/);
});

test.run();

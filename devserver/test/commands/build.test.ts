import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { within } from "@micro/kernel/testing";
import * as esbuild from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { main } from "../../../cli/src/main.ts";
import { type MicroProcess, spawnMicro } from "../support/spawn-micro.ts";
import { createUserProject, type UserProject } from "../support/user-project.ts";

let project: UserProject;
let running: MicroProcess[];
const test = suite("micro build");
test.before.each(() => {
  running = [];
  project = createUserProject({
    "micro.config.ts": config(),
    "tsconfig.json": '{ "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }',
    "lib/words.ts": "export const words: { count: number } = { count: 0 };",
    "services/a.ts": service("a"),
    "services/b.ts": service("b"),
  });
});
test.after.each(() => {
  for (const micro of running) micro.kill();
  project.remove();
});
test.after(() => esbuild.stop());

test("what it writes is started by micro run, after the sources have gone", async () => {
  const built = await build();
  assert.is(built.status, 0, built.stderr);
  assert.match(built.stdout, /^built the config and 2 services, \d+ KiB\n/);
  assert.match(built.stdout, "start it with: micro run --config=dist/micro.config.js\n");
  for (const source of ["services", "lib", "micro.config.ts", "tsconfig.json"]) {
    rmSync(join(project.folder, source), { recursive: true });
  }

  const server = micro("run", "--config=dist/micro.config.js");
  await server.prints(/^serving test\.b /m);

  assert.match(server.stdout, /^serving test\.a 1\.0\.0 at .*\nserving test\.b /);
  server.child.kill("SIGTERM");
  assert.is(await server.ended(), 0, server.stderr);
});

test("packages stay imports; a local module is in each service that imports it, as in micro dev", async () => {
  const built = await build();
  assert.is(built.status, 0, built.stderr);

  for (const name of ["a", "b"]) {
    const code = read(`dist/services/${name}.js`);
    assert.match(code, 'from "@micro/kernel"');
    assert.match(code, "{ count: 0 }");
    assert.match(code, "sourceMappingURL");
    assert.ok(existsSync(join(project.folder, `dist/services/${name}.js.map`)));
  }
});

test("a config that is a function is called when it is started, and keeps services that it holds itself", async () => {
  project.write(
    "micro.config.ts",
    `import c from "./own.ts";
     export default async () => ({ services: process.env.ALL ? ["services/*.ts", c, "services/a.ts"] : [c] });`,
  );
  project.write("own.ts", service("c").replace("~/", "./lib/"));
  const built = micro("build", { ALL: "1" });
  assert.is(await built.ended(), 0, built.stderr);

  const all = micro("run", "--config=dist/micro.config.js", { ALL: "1" });
  await all.prints(/serving test\.c/);
  assert.equal(all.stdout.match(/test\.\w/g), ["test.a", "test.b", "test.c"]);
  const one = micro("run", "--config=dist/micro.config.js");
  await one.prints(/serving test\.c/);
  assert.not.match(one.stdout, "test.a");
});

test("a pattern that is met only later says that it was not built", async () => {
  project.write("micro.config.ts", 'export default () => ({ services: [process.env.OTHER ?? "services/*.ts"] });');
  assert.is((await build()).status, 0);

  const server = micro("run", "--config=dist/micro.config.js", { OTHER: "others/*.ts" });

  assert.is(await server.ended(), 1);
  assert.match(server.stderr, 'the services "others/*.ts" were not built: run micro build again');
});

test("code that does not build is shown with its place, and the exit status is 1", async () => {
  project.write("services/a.ts", "export default {\n  name: 'a' 'b',\n};");
  const { status, stderr } = await build();

  assert.is(status, 1);
  assert.match(stderr, /services\/a\.ts:2:13: Expected "}" but found "'b'"\n {4}name: 'a' 'b',\n {14}\^\^\^/);
});

test("what an earlier build wrote is no source", async () => {
  project.write("micro.config.ts", 'export default { services: ["**/services/*.{ts,js}"] };');
  assert.is((await build()).status, 0);
  const again = await build();

  assert.is(again.status, 0, again.stderr);
  assert.match(again.stdout, "built the config and 2 services");
});

test("used in a wrong way it writes nothing and says what to do", async () => {
  project.write("services/a.js", "");
  const cases = [
    [["services/a.ts"], /micro build takes no files, as the config names them: services\/a\.ts/],
    [["--out_dir=."], /--out_dir is the folder of the config; choose one below it, such as dist/],
    [["--config=both.ts"], /a\.(ts|js) and .*a\.(ts|js) would both be written to services\/a\.js/],
    [["--config=none.ts"], /no file matches "nothing\/\*\.ts" in /],
  ] as const;
  project.write("both.ts", 'export default { services: ["services/*.{ts,js}"] };');
  project.write("none.ts", 'export default { services: ["nothing/*.ts"] };');
  for (const [argv, message] of cases) {
    const { status, stderr } = await build(...argv);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  }
  rmSync(join(project.folder, "micro.config.ts"));
  const noConfig = await build();
  assert.is(noConfig.status, 2);
  assert.match(noConfig.stderr, "there is no micro.config.ts to build");
  assert.not(existsSync(join(project.folder, "dist")));
});

function config(): string {
  return 'import { defineConfig } from "@micro/kernel";\nexport default defineConfig({ services: ["services/*.ts"] });';
}

function service(name: string): string {
  return `
    import { defineService } from "@micro/kernel";
    import { words } from "~/words.ts";

    export default defineService({
      name: "test.${name}",
      handlers: { Say: { Count: (): { count: number } => ({ count: words.count++ }) } },
    });
  `;
}

function read(path: string): string {
  return readFileSync(join(project.folder, path), "utf8");
}

/** Builds in this process, which takes a tenth of the time. */
async function build(...flags: readonly string[]) {
  let [stdout, stderr] = ["", ""];
  const { signal } = new AbortController();
  const io = {
    cwd: project.folder,
    signal,
    stdout: (text: string) => void (stdout += text),
    stderr: (text: string) => void (stderr += text),
  };
  const status = await within(30_000, "micro build", main(["build", ...flags], {}, io));
  return { status, stdout, stderr };
}

function micro(...words: readonly (string | Record<string, string>)[]): MicroProcess {
  const argv = words.filter((word) => typeof word === "string");
  const env = Object.assign({}, ...words.filter((word) => typeof word !== "string"));
  const started = spawnMicro(argv, { cwd: project.folder, env });
  running.push(started);
  return started;
}

test.run();

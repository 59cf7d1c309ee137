import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";
import { type MicroProcess, spawnMicro } from "./support/spawn-micro.ts";

const command = `
  export const run = async ({ env, settings, stdout }) => {
    stdout("timeout " + settings.get("client_request_timeout") + ", real " + env.MICRO_CLIENT_REQUEST_TIMEOUT + "\\n");
    return 0;
  };
`;
const config = `
  const show = { description: "", load: () => import("./show.js") };
  export default { plugins: [{ name: "show", commands: { show } }], services: ["service.js"] };
`;

let project: Project;
let running: MicroProcess[];
const test = suite("the file .env beside the config");
test.before.each(() => {
  running = [];
  project = createProject({ "micro.config.js": config, "show.js": command });
});
test.after.each(() => {
  for (const micro of running) micro.kill();
  project.remove();
});

test("its variables set flags, beneath the real ones; a command sees which are real", async () => {
  project.write(".env", "MICRO_CLIENT_REQUEST_TIMEOUT=7s");
  const cwd = project.folder;

  assert.is((await runMain(["show"], { cwd })).stdout, "timeout 7000, real undefined\n");
  const real = await runMain(["show"], { cwd, env: { MICRO_CLIENT_REQUEST_TIMEOUT: "3s" } });
  assert.is(real.stdout, "timeout 3000, real 3s\n");
});

test("it is the one beside the config, wherever the program is started", async () => {
  project.write(".env", "MICRO_CLIENT_REQUEST_TIMEOUT=7s");
  project.write("elsewhere/.env", "MICRO_CLIENT_REQUEST_TIMEOUT=8s");

  const { stdout } = await runMain(["show", "--config=../micro.config.js"], { cwd: `${project.folder}/elsewhere` });

  assert.is(stdout, "timeout 7000, real undefined\n");
});

test("micro run puts them where services look, with the real ones before them, and runs their start and stop", async () => {
  project.write(".env", "GREETING=hello\nPATH=/nowhere");
  project.write(
    "service.js",
    `const { GREETING, PATH } = process.env;
     export default {
       name: "test.env",
       start: () => console.log("start", GREETING, PATH === "/nowhere"),
       stop: () => console.log("stop"),
     };`,
  );
  const server = spawnMicro(["run"], project.folder);
  running.push(server);
  await server.prints("serving test.env");

  server.child.kill("SIGTERM");

  assert.is(await server.ended(), 0, server.stderr);
  assert.match(server.stdout, /^start hello false\nserving test\.env .*\nstop\n$/);
});

test.run();

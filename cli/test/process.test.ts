import { randomUUID } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project, serviceSource } from "./support/project.ts";
import { type MicroProcess, spawnMicro } from "./support/spawn-micro.ts";

// The kernel gives each closer five seconds, and a process with this one takes all of them to stop.
const stuckConfig = `
  const setup = ({ defer, hooks }) => {
    hooks.stopping.tap("stuck", () => console.log("stopping"));
    defer(() => new Promise(() => {}));
  };

  export default { plugins: [{ name: "stuck", setup }], services: ["service.ts"] };
`;
const commandConfig = `
  const command = (run) => ({ description: "", load: async () => ({ run }) });
  const aborted = (signal) => new Promise((resolve) => signal.addEventListener("abort", resolve));

  export default {
    plugins: [{
      name: "commands",
      commands: {
        wait: command(async ({ signal, stdout }) => {
          setInterval(() => {}, 1000);
          stdout("waiting\\n");
          await aborted(signal);
          return 1;
        }),
        flood: command(async ({ signal, stdout }) => {
          for (; !signal.aborted; await new Promise(setImmediate)) stdout("more\\n");
          return 0;
        }),
        linger: command(async ({ stdout }) => {
          setInterval(() => {}, 1000);
          stdout("x".repeat(1_000_000) + "\\n");
          return 3;
        }),
      },
    }],
  };
`;

let project: Project;
let running: MicroProcess[];
const test = suite("the micro process");
test.before.each(() => {
  running = [];
  project = createProject({ "stuck.js": stuckConfig, "commands.js": commandConfig });
});
test.after.each(() => {
  for (const micro of running) micro.kill();
  project.remove();
});

test("without a config, services find each other by multicast DNS, and a signal lets calls finish", async () => {
  const name = `go.micro.srv.cli-${randomUUID()}`;
  project.write("service.ts", serviceSource(name));
  const server = micro("run", "service.ts");
  await server.prints(`serving ${name} 1.0.0 at `);

  const query = micro("query", name, "Say.Hello", '{"name":"John"}');
  assert.is(await query.ended(), 0, query.stderr);
  assert.is(query.stdout, '{\n\t"msg": "Hello John"\n}\n');
  const list = micro("list", "services");
  assert.is(await list.ended(), 0, list.stderr);
  assert.ok(list.stdout.split("\n").includes(name), list.stdout);

  const late = micro("query", name, "Say.Wait");
  await server.prints("waiting");
  server.child.kill("SIGTERM");
  assert.is(await late.ended(), 0, late.stderr);
  assert.is(await server.ended(), 0);
  assert.is(server.stderr, "");
});

test("without a config, messages reach a subscriber in another process, which a signal ends with 0", async () => {
  const topic = `topic.cli-${randomUUID()}`;
  const subscriber = micro("subscribe", topic);
  await subscriber.reports(`subscribed to ${topic}\n`);

  const publisher = micro("publish", topic, '{"name":"John"}');
  assert.is(await publisher.ended(), 0, publisher.stderr);
  assert.is(publisher.stdout, "ok\n");
  await subscriber.prints('{"name":"John"}\n');

  subscriber.child.kill("SIGINT");
  assert.is(await subscriber.ended(), 0, subscriber.stderr);
  assert.is(subscriber.stderr, `subscribed to ${topic}\n`);
});

test("a second signal ends the process at once with 128 and its number", async () => {
  project.write("service.ts", serviceSource("go.micro.srv.stuck"));
  const server = micro("run", "--config=stuck.js");
  await server.prints("serving");

  server.child.kill("SIGTERM");
  await server.prints("stopping");
  server.child.kill("SIGINT");

  assert.is(await server.ended(), 130);
  assert.is(server.stderr, "", "it waited for the closer");
});

test("a command that a signal made fail ends with 128 and its number", async () => {
  const waiting = micro("wait", "--config=commands.js");
  await waiting.prints("waiting");

  waiting.child.kill("SIGINT");

  assert.is(await waiting.ended(), 130);
});

test("a command ends when nobody reads its output any more", async () => {
  const flood = micro("flood", "--config=commands.js");
  await flood.prints("more");

  flood.child.stdout.destroy();

  assert.is(await flood.ended(), 0, flood.stderr);
});

test("all output is written before the end, and what a module left running does not delay it", async () => {
  const linger = micro("linger", "--config=commands.js");

  assert.is(await linger.ended(), 3);
  assert.is(linger.stdout.length, 1_000_001);
});

test("the exit status tells misuse from failure", async () => {
  project.write("broken.ts", "throw new Error('no luck')");
  const help = micro("--help");
  const misuse = micro("quary");
  const failure = micro("list", "services", "--config=broken.ts");

  assert.equal([await help.ended(), await misuse.ended(), await failure.ended()], [0, 2, 1]);
  assert.match(misuse.stderr, /^micro: unknown command "quary"; did you mean "query"\?\n$/);
  assert.match(failure.stderr, /no luck\n.*broken\.ts:1/s);
});

function micro(...argv: string[]): MicroProcess {
  const started = spawnMicro(argv, project.folder);
  running.push(started);
  return started;
}

test.run();

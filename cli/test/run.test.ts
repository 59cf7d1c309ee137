import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project, serviceSource } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

let project: Project;
const test = suite("micro run");
test.before.each(() => {
  project = createProject({
    "micro.config.ts": 'export default { services: ["services/*.ts"] }',
    "services/a.ts": serviceSource("go.micro.srv.a"),
    "services/b.ts": serviceSource("go.micro.srv.b"),
  });
});
test.after.each(() => project.remove());

test("it serves what the globs of the config match, a line each, and drains when asked to end", async () => {
  const { status, stdout, stderr } = await runUntilServed(2);

  assert.match(
    stdout,
    /^serving go\.micro\.srv\.a 1\.0\.0 at memory:\d+\nserving go\.micro\.srv\.b 1\.0\.0 at memory:\d+\n$/,
  );
  assert.equal([status, stderr], [0, ""]);
});

test("globs start at the config file, and files of the command line at the working directory", async () => {
  project.write("elsewhere/config.js", 'export default { services: ["../services/a.ts"] }');

  assert.match((await runUntilServed(1, "--config=elsewhere/config.js")).stdout, /^serving go\.micro\.srv\.a /);
  assert.match((await runUntilServed(1, "./services/b.ts")).stdout, /^serving go\.micro\.srv\.b /);
});

test("a file that two globs match is served once, and a config may hold services themselves", async () => {
  project.write(
    "micro.config.ts",
    'import a from "./services/a.ts"; export default { services: ["services/b.ts", "**/b.ts", a] }',
  );

  const { stdout } = await runUntilServed(2);

  assert.match(stdout, /^serving go\.micro\.srv\.b .*\nserving go\.micro\.srv\.a .*\n$/);
});

test("a glob that matches nothing, or no services at all, is an error", async () => {
  const { status, stderr } = await micro("services/*.tsx");

  assert.is(status, 2);
  assert.is(stderr, `micro: no file matches "services/*.tsx" in ${project.folder}\n`);
  project.write("empty.ts", "export default {}");
  assert.match((await micro("--config=empty.ts")).stderr, /no services: list them in micro\.config\.ts/);
});

test("a file without a service, or one that fails, is named and nothing is served", async () => {
  project.write("services/c.ts", "export const name = 'x'");
  const none = await micro();
  project.write("services/c.ts", "");
  project.write("services/d.ts", "throw new Error('no luck')");
  const failed = await micro("services/a.ts", "services/d.ts");

  assert.equal([none.status, none.stdout], [1, ""]);
  assert.match(none.stderr, /services\/c\.ts exports no service; write: export default defineService/);
  assert.equal([failed.status, failed.stdout], [1, ""]);
  assert.match(failed.stderr, /services\/d\.ts could not be loaded\nError: no luck/);
});

test("a name, or an address with one port, is refused for several services", async () => {
  const cases = [
    ["--server_name=x", /--server_name names one service, and there are 2/],
    ["--server_address=:8080", /--server_address=:8080 has no port for each of 2 services; use port 0 or a range/],
    ["--server_address=127.0.0.1:8000-8000", /no port for each of 2 services/],
    ["--server_advertise=example.com:80", /--server_advertise=example\.com:80 has no port for each/],
  ] as const;
  for (const [flag, message] of cases) {
    const { status, stdout, stderr } = await micro(flag);
    assert.equal([status, stdout], [2, ""]);
    assert.match(stderr, message);
  }
});

test("a range of ports serves several, and a name and a port serve one", async () => {
  const range = await runUntilServed(2, "--server_address=127.0.0.1:8000-8001");
  const one = await runUntilServed(
    1,
    "services/a.ts",
    "--server_name=go.micro.srv.x",
    "--server_address=127.0.0.1:8000",
  );

  assert.match(range.stdout, /at 127\.0\.0\.1:8000\n.* at 127\.0\.0\.1:8001\n$/);
  assert.match(one.stdout, /^serving go\.micro\.srv\.x 1\.0\.0 at 127\.0\.0\.1:8000\n$/);
});

test("a service that cannot be served stops the others and ends with 1", async () => {
  project.write("services/b.ts", serviceSource("go.micro.srv.a"));
  const { status, stdout, stderr } = await micro();

  assert.is(status, 1);
  assert.match(stdout, /^serving go\.micro\.srv\.a .*\n$/);
  assert.match(stderr, /"go\.micro\.srv\.a" is served already/);
});

test("asked to end while it starts, it gives the start up and closes what was opened", async () => {
  project.write(
    "slow.js",
    `const setup = ({ hooks, signal, defer }) => {
       defer(() => globalThis.slowStart.closed());
       hooks.start.tapPromise("slow", () => new Promise((resolve) => {
         signal.addEventListener("abort", resolve);
         globalThis.slowStart.begun();
       }));
     };
     export default { plugins: [{ name: "slow", setup }], services: ["services/a.ts"] };`,
  );
  const ending = new AbortController();
  let isClosed = false;
  const closed = () => {
    isClosed = true;
  };
  Object.assign(globalThis, { slowStart: { begun: () => ending.abort(), closed } });
  const { status, stdout, stderr } = await runMain(["run", "--config=slow.js"], {
    cwd: project.folder,
    signal: ending.signal,
  });

  assert.equal([status, stdout], [1, ""]);
  assert.match(stderr, /the kernel was stopped while it started/);
  assert.ok(isClosed);
});

const micro = (...argv: string[]) => runMain(["run", ...argv], { cwd: project.folder });

/** Runs until so many services are served, then asks it to end. */
function runUntilServed(count: number, ...argv: string[]) {
  const ending = new AbortController();
  return runMain(["run", ...argv], {
    cwd: project.folder,
    signal: ending.signal,
    onStdout: (text) => {
      if (text.match(/^serving /gm)?.length === count) ending.abort();
    },
  });
}

test.run();

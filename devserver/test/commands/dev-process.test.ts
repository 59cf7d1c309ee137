import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type MicroProcess, spawnMicro } from "../support/spawn-micro.ts";
import { createUserProject, type UserProject } from "../support/user-project.ts";

const name = `test.dev-${process.pid}`;
const bin = fileURLToPath(new URL("../../../cli/bin/micro.js", import.meta.url));
const playground = fileURLToPath(new URL("../../../playground/greeter/micro.config.ts", import.meta.url));
const hasPty = spawnSync("python3", ["-c", "import pty"]).status === 0;

let project: UserProject;
let running: { kill(): void }[];
const test = suite("micro dev as a process");
test.before.each(() => {
  running = [];
  project = createUserProject({
    "micro.config.ts":
      'import { standard } from "@micro/standard";\nexport default { plugins: [standard()], services: ["services/*.ts"] };',
    "services/a.ts": service("Hello"),
  });
});
test.after.each(() => {
  for (const process of running) process.kill();
  project.remove();
});

test("the config need not name it: it serves, swaps what is edited, and keeps serving what broke", async () => {
  const dev = micro("dev", "--no_types", "--dev_port=0");
  await dev.prints(/^ready in \d+ ms, 1 service$/m);
  assert.match(
    dev.stdout,
    new RegExp(`^started ${name} 1\\.0\\.0 at \\S+:\\d+ \\(services/a\\.ts, [\\d.]+ ms\\)$`, "m"),
  );
  assert.is(await ask(), '{\n\t"msg": "Hello John"\n}\n');

  project.write("services/a.ts", service("Howdy"));
  await dev.prints(/^swapped \S+ revision 1 in [\d.]+ ms: services\/a\.ts \(transform .* ms, start .* ms, swap .* ms/m);
  assert.is(await ask(), '{\n\t"msg": "Howdy John"\n}\n');

  project.write("services/a.ts", `${service("Bye")}\nx y;`);
  await dev.prints(
    /^failed build services\/a\.ts:\d+:3: Expected ";" but found "y"\n( {4}.*\n| {2}>.*\n)+ {2}\S+ serves on with revision 1$/m,
  );
  assert.is(await ask(), '{\n\t"msg": "Howdy John"\n}\n');

  project.write("services/a.ts", service("Hey"));
  await dev.prints(/^recovered services\/a\.ts$/m);
  await dev.prints(/^swapped \S+ revision 2 /m);

  dev.child.kill("SIGINT");
  assert.is(await dev.ended(), 0, dev.stderr);
  assert.not.match(dev.stdout, "\u001b");
});

test("the playground runs in it", async () => {
  const dev = micro("dev", `--config=${playground}`, "--no_types", "--dev_port=0", "--trickle_interval=200ms");

  await dev.prints(/^ready in \d+ ms, 2 services$/m);
  await dev.prints(/^call {4}Say\.Hello, in protobuf → Hello Jane$/m);

  dev.child.kill("SIGTERM");
  assert.is(await dev.ended(), 0, dev.stderr);
});

test("a service that asks for it runs in a worker, and is swapped there", async () => {
  project.write("services/a.ts", service("Hello", 'isolate: "worker",'));
  const dev = micro("dev", "--no_types", "--dev_port=0");
  await dev.prints(/^started \S+ 1\.0\.0 at \S+ \(services\/a\.ts, in a worker, /m);

  project.write("services/a.ts", service("Howdy", 'isolate: "worker",'));
  await dev.prints(/^swapped \S+ revision 1 /m);

  assert.is(await ask(), '{\n\t"msg": "Howdy John"\n}\n');
  dev.child.kill("SIGTERM");
  assert.is(await dev.ended(), 0, dev.stderr);
});

test("it has a page of help, and is what a mistyped command may mean", async () => {
  const help = micro("help", "dev");
  assert.is(await help.ended(), 0);
  assert.match(help.stdout, "--drain=DURATION");

  const mistyped = micro("dve");
  assert.is(await mistyped.ended(), 2);
  assert.match(mistyped.stderr, 'unknown command "dve"; did you mean "dev"?');
});

test("on a terminal keys work one by one, and afterwards it is as it was", async () => {
  if (!hasPty) return skip("python3 has no pty", "install python3");
  for (const quit of ["q", "\u0003"]) {
    const terminal = openPty("dev", "--no_types", "--dev_port=0");
    await terminal.shows("keys");
    assert.match(terminal.settings(), "-icanon");
    assert.match(terminal.output, "\u001b[32mstarted");

    terminal.press("r");
    await terminal.shows("no file changed");
    terminal.press(quit);

    assert.is(await terminal.ended(), 0, terminal.output);
    assert.match(terminal.output, "AFTER icanon echo\r\n");
  }
});

test("a crash leaves the terminal as it was", async () => {
  if (!hasPty) return skip("python3 has no pty", "install python3");
  project.write("crash.mjs", "process.on('SIGUSR2', () => process.exit(9));");
  const terminal = openPty("--import=./crash.mjs", "dev", "--no_types", "--dev_port=0");
  await terminal.shows("keys");

  process.kill(terminal.pid(), "SIGUSR2");

  assert.is(await terminal.ended(), 9);
  assert.match(terminal.output, "AFTER icanon echo\r\n");
});

interface Pty {
  readonly output: string;
  shows(text: string): Promise<void>;
  press(keys: string): void;
  /** The settings of the terminal as they are now, as `stty` has them. */
  settings(): string;
  pid(): number;
  ended(): Promise<number>;
}

/** Runs node in a pseudo-terminal, and says on it how the terminal is when node has ended. */
const ptyProgram = `
import os, pty, sys, select, subprocess, termios
master, slave = pty.openpty()
os.write(2, ("TTY " + os.ttyname(slave) + "\\n").encode())
child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
os.write(2, ("PID " + str(child.pid) + "\\n").encode())
while True:
    ready, _, _ = select.select([master, 0], [], [], 0.05)
    if master in ready: os.write(1, os.read(master, 65536))
    elif child.poll() is not None: break
    if 0 in ready:
        keys = os.read(0, 1024)
        if not keys: break
        os.write(master, keys)
flags = termios.tcgetattr(slave)[3]
names = [("" if flags & bit else "-") + name for name, bit in (("icanon", termios.ICANON), ("echo", termios.ECHO))]
os.write(1, ("AFTER " + " ".join(names) + "\\r\\n").encode())
child.kill()
sys.exit(child.wait())
`;

function openPty(...argv: readonly string[]): Pty {
  const isFlag = (word: string) => word.startsWith("--import");
  const args = [process.execPath, ...argv.filter(isFlag), bin, ...argv.filter((word) => !isFlag(word))];
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: "xterm" };
  const child: ChildProcessWithoutNullStreams = spawn("python3", ["-c", ptyProgram, ...args], {
    cwd: project.folder,
    env,
  });
  const closed = once(child, "close");
  let [output, notes] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (notes += text));
  const noted = (pattern: RegExp) => pattern.exec(notes)?.[1] ?? assert.unreachable(notes);
  const pid = () => Number(noted(/PID (\d+)/));
  running.push({
    kill: () => {
      child.kill("SIGKILL");
      try {
        process.kill(pid(), "SIGKILL");
      } catch {
        // It has ended.
      }
    },
  });
  return {
    get output() {
      return output;
    },
    shows: (text) => eventually(30_000, `"${text}" in ${JSON.stringify(output)}`, () => output.includes(text)),
    press: (keys) => void child.stdin.write(keys),
    settings: () => String(spawnSync("stty", ["-a", "-F", String(noted(/TTY (\S+)/))]).stdout),
    pid,
    ended: async () => (await within(30_000, "the end", closed))[0],
  };
}

function service(greeting: string, more = ""): string {
  return `
    import { defineService } from "@micro/kernel";

    export default defineService({
      name: "${name}",
      ${more}
      handlers: { Say: { Hello: ({ name }: { name: string }) => ({ msg: "${greeting} " + name }) } },
    });
  `;
}

async function ask(): Promise<string> {
  const query = micro("query", name, "Say.Hello", '{"name":"John"}');
  assert.is(await query.ended(), 0, query.stderr);
  return query.stdout;
}

function micro(...argv: readonly string[]): MicroProcess {
  const started = spawnMicro(argv, { cwd: project.folder });
  running.push(started);
  return started;
}

function skip(reason: string, remedy: string): void {
  console.log(`SKIP ${reason}: ${remedy}`);
}

test.run();

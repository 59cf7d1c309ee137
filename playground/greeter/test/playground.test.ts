import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const micro = fileURLToPath(new URL("../../../cli/bin/micro.js", import.meta.url));
const config = fileURLToPath(new URL("../micro.config.ts", import.meta.url));
const running = new Set<ChildProcess>();

const test = suite("the greeter playground");
test.after.each(() => {
  for (const child of running) child.kill("SIGKILL");
});

test("it serves both services, sends calls and streams through them, and drains on Ctrl-C", async () => {
  const { child, output } = start("run", `--config=${config}`, "--trickle_interval=200ms");

  await eventually(30_000, "two rounds went through", () => count(output(), "Hello John") >= 2);
  assert.match(output(), /serving go\.micro\.srv\.greeter 1\.0\.0 at /);
  assert.match(output(), /serving go\.micro\.srv\.guests 1\.0\.0 at /);
  assert.match(output(), "stream  Guests.Welcome → Hello Ada, visit 1");
  assert.match(output(), '"code":404,"detail":"no such name: Nobody"');

  child.kill("SIGINT");
  await within(15_000, "it ended", ended(child));
  assert.is(child.exitCode, 0, output());
});

test("another program finds it and calls it", async () => {
  const { output } = start("run", `--config=${config}`);
  await eventually(30_000, "it is up", () => count(output(), "Hello John") >= 1);

  const query = start("query", "go.micro.srv.greeter", "Say.Hello", '{"name":"Eve"}', "--registry=mdns");
  await within(20_000, "the query ended", ended(query.child));

  assert.is(query.child.exitCode, 0, query.output());
  assert.match(query.output(), '"msg": "Hello Eve"');
});

function start(...args: string[]): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [micro, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  return { child, output: () => text };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

test.run();

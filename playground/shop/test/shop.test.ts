import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const micro = fileURLToPath(new URL("../../../cli/bin/micro.js", import.meta.url));
const config = fileURLToPath(new URL("../micro.config.ts", import.meta.url));

const test = suite("the shop playground");

test("shoppers buy, orders reach every service that takes them, and it closes without a complaint", async () => {
  const child = spawn(process.execPath, [micro, "run", `--config=${config}`, "--shopper_interval=20ms"]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  try {
    await eventually(30_000, "all nine services are served", () => output.match(/^serving /gm)?.length === 9);
    const answer = await eventually30(async () => {
      const { stdout } = await run("query", "go.micro.srv.statistics", "Statistics.Sold", "{}", "--registry=mdns");
      return /"(tea|cup|pot|tin)": \d+/.exec(stdout)?.[0];
    });
    assert.match(answer, /: [1-9]/);
    child.kill("SIGINT");
    if (child.exitCode === null) await within(15_000, "it ended", once(child, "exit"));
    assert.is(child.exitCode, 0, output);
    assert.not.match(output, "a shopper left");
  } finally {
    child.kill("SIGKILL");
  }
});

async function eventually30(look: () => Promise<string | undefined>): Promise<string> {
  let found: string | undefined;
  await eventually(30_000, "something was sold", async () => {
    found = await look();
    return found !== undefined;
  });
  return found as string;
}

async function run(...args: string[]): Promise<{ readonly stdout: string }> {
  const child = spawn(process.execPath, [micro, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  await within(20_000, "the query ended", once(child, "close"));
  return { stdout };
}

test.run();

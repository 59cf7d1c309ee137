// The micro program against go-micro, and what it runs against a go-micro client.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import { goCaller } from "../src/caller.ts";
import { type GoPeer, type GoServer, goPeer } from "../src/go-peer.ts";
import { type ProgramEnd, runProgram, startProgram } from "../src/program.ts";
import { randomName } from "../src/random-name.ts";

const microFile = fileURLToPath(new URL("../../cli/bin/micro.js", import.meta.url));
const greeterFile = fileURLToPath(new URL("../src/greeter.ts", import.meta.url));

const peer = await goPeer();
if (peer !== undefined) testProgram(peer);

function testProgram(go: GoPeer): void {
  const test = suite<{ server: GoServer }>("the micro program with go-micro");
  test.before(async (context) => {
    context.server = await go.serve();
  });
  test.after(({ server }) => server.stop());

  test("query prints the answer of a go-micro service", async ({ server }) => {
    const { code, stdout, stderr } = await micro("query", server.name, "Say.Hello", '{"name":"Jürgen"}');

    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).msg, "Hello Jürgen");
  });

  test("query says what a go-micro service failed with, and its status is 1", async ({ server }) => {
    const { code, stderr } = await micro("query", server.name, "Say.Fail", '{"name":"Jane"}');

    assert.equal(code, 1);
    assert.match(stderr, /no such name: Jane/);
  });

  test("query of a service that nobody serves says so", async () => {
    const { code, stderr } = await micro("query", randomName("nobody"), "Say.Hello", "{}");

    assert.equal(code, 1);
    assert.match(stderr, /not found/);
  });

  test("stream prints each item of a go-micro service", async ({ server }) => {
    const { code, stdout, stderr } = await micro("stream", server.name, "Say.Stream", '{"count":3}');

    assert.equal(code, 0, stderr);
    // go-micro leaves the zero of the first one out.
    assert.deepEqual(readValues(stdout), [{}, { n: 1 }, { n: 2 }]);
  });

  test("health asks the nodes of a go-micro service", async ({ server }) => {
    const { code, stdout, stderr } = await micro("health", server.name);

    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`${server.address}\\s+ok`));
  });

  test("list services has the go-micro service", async ({ server }) => {
    const { code, stdout, stderr } = await micro("list", "services");

    assert.equal(code, 0, stderr);
    assert.ok(stdout.split("\n").includes(server.name), stdout);
  });

  test("get service shows version, node and endpoints of the go-micro service", async ({ server }) => {
    const { code, stdout, stderr } = await micro("get", "service", server.name);

    assert.equal(code, 0, stderr);
    assert.match(stdout, /^version 2016\.6$/m);
    assert.match(stdout, new RegExp(`^${server.name}-\\S+\t127\\.0\\.0\\.1\t${server.address.split(":")[1]}\t`, "m"));
    for (const endpoint of ["Say.Hello", "Say.Stream"]) assert.ok(stdout.includes(`Endpoint: ${endpoint}`), stdout);
  });

  test("run serves a file for a go-micro client, and ends well when it is asked to", async () => {
    const name = randomName();
    const args = [microFile, "run", greeterFile, "--registry=mdns", `--server_name=${name}`];
    const program = await startProgram(process.execPath, args);
    try {
      await eventually(20_000, `"serving ${name}"`, () => program.stdout.includes(`serving ${name} `));

      const { answer } = await goCaller(go).call(name, "Say.Hello", { name: "John" });
      program.signal("SIGTERM");
      const { code, stderr } = await program.ended;

      assert.equal(answer?.msg, "Hello John");
      assert.equal(code, 0, stderr);
    } finally {
      program.signal("SIGKILL");
      await program.ended;
    }
  });

  test.run();
}

/**
 * Runs the program, again when it finds no service: it asks once and waits 100 ms for a name never heard before, which
 * on a busy machine is too short now and then.
 */
async function micro(...args: readonly string[]): Promise<ProgramEnd> {
  for (let attempt = 1; ; attempt++) {
    const end = await runProgram(process.execPath, [microFile, ...args, "--registry=mdns"]);
    if (attempt === 3 || !/not found/.test(end.stderr)) return end;
  }
}

/** The values of an output that has one a line, or one over several lines. */
function readValues(text: string): readonly unknown[] {
  return JSON.parse(`[${text.trim().replace(/\}\n\{/g, "},{")}]`) as readonly unknown[];
}

import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Playground, startMicro, startPlayground } from "./support/start-playground.ts";

let running: Playground[] = [];

const test = suite("the greeter playground");
test.after.each(() => {
  for (const program of running) program.kill();
  running = [];
});

test("it serves both services, sends calls and streams through them, and drains on Ctrl-C", async () => {
  const playground = start(startPlayground("--trickle_interval=200ms"));

  await eventually(30_000, "two rounds went through", () => playground.count("Hello John") >= 2);
  assert.match(playground.output(), /serving go\.micro\.srv\.greeter 1\.0\.0 at /);
  assert.match(playground.output(), /serving go\.micro\.srv\.guests 1\.0\.0 at /);
  assert.match(playground.output(), "stream  Guests.Welcome → Hello Ada, visit 1");
  const refused = '"code":404,"detail":"no such name: Nobody"';
  await eventually(30_000, "a round came to its end", () => playground.output().includes(refused));

  playground.interrupt();
  assert.is(await within(15_000, "it ended", playground.ended()), 0, playground.output());
});

test("another program finds it and calls it", async () => {
  const playground = start(startPlayground());
  await eventually(30_000, "it is up", () => playground.count("Hello John") >= 1);

  const query = start(startMicro("query", "go.micro.srv.greeter", "Say.Hello", '{"name":"Eve"}', "--registry=mdns"));

  assert.is(await within(20_000, "the query ended", query.ended()), 0, query.output());
  assert.match(query.output(), '"msg": "Hello Eve"');
});

function start(program: Playground): Playground {
  running.push(program);
  return program;
}

test.run();

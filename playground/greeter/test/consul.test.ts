import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConsulAgent, startConsul } from "../../../interop/src/consul-agent.ts";
import { type Playground, startMicro, startPlayground } from "./support/start-playground.ts";

const agent = (await startConsul()) as ConsulAgent;
let running: Playground | undefined;

const suiteOfConsul = suite("the greeter playground over Consul");
const test = agent === undefined ? suiteOfConsul.skip : suiteOfConsul;
suiteOfConsul.after.each(() => running?.kill());
suiteOfConsul.after(() => agent?.stop());

const flags = ["--registry=consul", `--registry_address=${agent?.address}`, "--trickle_interval=200ms"];

test("it works with flags alone, is found by a command without a config, stands in Consul while it runs, and leaves when it ends", async () => {
  running = startPlayground(...flags, "--selector=cache", "--client_pool_size=10");

  await eventually(30_000, "two rounds went through", () => (running?.count("Hello John") ?? 0) >= 2);
  const services = await agent.ask("/v1/catalog/services");
  assert.ok(Object.hasOwn(services as object, "go.micro.srv.greeter"));
  assert.ok(Object.hasOwn(services as object, "go.micro.srv.guests"));

  const list = startMicro("list", "services", "--registry=consul", `--registry_address=${agent.address}`);
  assert.is(await within(15_000, "the list ended", list.ended()), 0, list.output());
  assert.match(list.output(), "go.micro.srv.greeter\ngo.micro.srv.guests\n");

  running.interrupt();
  assert.is(await within(15_000, "it ended", running.ended()), 0, running.output());
  assert.not.ok(Object.hasOwn((await agent.ask("/v1/catalog/services")) as object, "go.micro.srv.greeter"));
});

test("without an agent it says what to start, and goes on when there is one", async () => {
  await agent.kill();
  running = startPlayground(...flags);

  await eventually(30_000, "it said what to start", () => (running?.count("consul agent -dev") ?? 0) > 0);
  assert.match(running.output(), agent.address);
  assert.is(running.count("Hello John"), 0);

  await agent.start();
  await eventually(60_000, "a round went through", () => (running?.count("Hello John") ?? 0) > 0);
});

suiteOfConsul.run();

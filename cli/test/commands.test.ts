import {
  createMemoryNetwork,
  defineService,
  type Kernel,
  memory,
  type ServiceRecord,
  startKernel,
} from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderService } from "../src/commands/get-service.ts";
import { readStats, renderStats } from "../src/commands/stats.ts";
import { createProject } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

const greeter = defineService({
  name: "go.micro.srv.greeter",
  metadata: { zone: "b", area: "a" },
  handlers: {
    Say: {
      Hello: async ({ name }: { name: string }) => ({ msg: `Hello ${name}` }),
      Evil: async () => ({ text: "\u001b[2J\u009b" }),
      Fail: async () => {
        throw new Error("broken\u001b[31m\u009b");
      },
      async *Count({ to }: { to: number }) {
        if (to < 0) throw new Error("too few");
        for (let n = 0; n < to; n++) yield { n };
      },
    },
  },
});

const nobody = { node: { id: "a", address: "a:1", metadata: {} }, answer: undefined, error: undefined };
const network = createMemoryNetwork();
Object.assign(globalThis, { testNetwork: network });
const project = createProject({
  "micro.config.js": `
    import { memory } from "@micro/kernel";
    export default { plugins: [memory({ network: globalThis.testNetwork })], services: ["not-for-queries.ts"] };
  `,
});
let kernel: Kernel;

const test = suite("commands");
test.before(async () => {
  kernel = await startKernel({ plugins: [memory({ network })] });
  await kernel.serve(greeter);
  await kernel.serve(defineService({ name: "go.micro.srv.alpha" }));
});
test.after(async () => {
  await kernel.stop();
  project.remove();
});

const micro = (...argv: string[]) => runMain(argv, { cwd: project.folder });

test("list services prints the names, sorted", async () => {
  for (const words of [
    ["list", "services"],
    ["registry", "list", "services"],
  ]) {
    const { status, stdout, stderr } = await micro(...words);

    assert.equal([status, stdout, stderr], [0, "go.micro.srv.alpha\ngo.micro.srv.greeter\n", ""]);
  }
});

test("get service prints version, nodes and endpoints", async () => {
  const { status, stdout } = await micro("get", "service", "go.micro.srv.greeter");

  assert.is(status, 0);
  assert.match(
    stdout,
    /^service {2}go\.micro\.srv\.greeter\n\nversion 1\.0\.0\n\nId\tAddress\tPort\tMetadata\ngo\.micro\.srv\.greeter-[\w-]+\tmemory\t\d+\tarea=a,broker=memory,[\w=,-]+,zone=b\n\nEndpoint: Say\.Hello\nMetadata: stream=false\n\nRequest: \{\}\n\nResponse: \{\}\n\n\nEndpoint: /,
  );
  assert.is((await micro("registry", "get", "service", "go.micro.srv.greeter")).stdout, stdout);
  assert.match((await micro("get", "service", "go.micro.srv.alpha")).stdout, /\tbroker=memory,\S+\n$/);
});

test("get service without a service, or without its name, fails on stderr", async () => {
  assert.equal(await micro("get", "service", "go.micro.srv.nobody"), {
    status: 1,
    stdout: "",
    stderr: "micro: Service not found\n",
  });
  assert.equal(await micro("get", "service"), { status: 2, stdout: "", stderr: "micro: service requested\n" });
});

test("query prints the answer as JSON with tabs", async () => {
  const { status, stdout, stderr } = await micro("query", "go.micro.srv.greeter", "Say.Hello", '{"name":', '"John"}');

  assert.equal([status, stdout, stderr], [0, '{\n\t"msg": "Hello John"\n}\n', ""]);
});

test("query sends an empty object when it is given nothing", async () => {
  assert.match((await micro("query", "go.micro.srv.greeter", "Say.Hello")).stdout, /Hello undefined/);
});

test("query that fails prints the error and ends with 1", async () => {
  const { status, stdout, stderr } = await micro("query", "go.micro.srv.greeter", "Say.Fail");

  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(
    stderr,
    /^micro: error calling go\.micro\.srv\.greeter\.Say\.Fail: \{"id":.*"code":500,"detail":"broken/,
  );
});

test("query that is not well formed ends with 2", async () => {
  const missing = { status: 2, stdout: "", stderr: "micro: require service and method\n" };

  assert.equal(await micro("query"), missing);
  assert.equal(await micro("query", "go.micro.srv.greeter"), missing);
  const { status, stderr } = await micro("query", "go.micro.srv.greeter", "Say.Hello", "{name: 1}");
  assert.is(status, 2);
  assert.match(stderr, /the request is not JSON: /);
});

test("no control character of a service reaches the terminal", async () => {
  const answer = await micro("query", "go.micro.srv.greeter", "Say.Evil");
  const failure = await micro("query", "go.micro.srv.greeter", "Say.Fail");

  assert.is(answer.stdout, '{\n\t"text": "\\u001b[2J\\u009b"\n}\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.not.match(failure.stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test("stream prints each answer and ends with the stream", async () => {
  const { status, stdout, stderr } = await micro("stream", "go.micro.srv.greeter", "Say.Count", '{"to":2}');

  assert.equal([status, stdout, stderr], [0, '{\n\t"n": 0\n}\n{\n\t"n": 1\n}\n', ""]);
});

test("stream that fails says so and ends with 1", async () => {
  const { status, stderr } = await micro("stream", "go.micro.srv.greeter", "Say.Count", '{"to":-1}');

  assert.is(status, 1);
  assert.match(stderr, /error receiving from go\.micro\.srv\.greeter\.Say\.Count: .*too few/);
  assert.is((await micro("stream", "go.micro.srv.greeter")).status, 2);
});

test("health asks each node", async () => {
  const { status, stdout } = await micro("health", "go.micro.srv.greeter");

  assert.is(status, 0);
  assert.match(
    stdout,
    /^service {2}go\.micro\.srv\.greeter\n\nversion 1\.0\.0\n\nnode\t\taddress:port\t\tstatus\ngo\.micro\.srv\.greeter-[\w-]+\t\tmemory:\d+\t\tok\n$/,
  );
});

test("health shows what is wrong with a node, and ends with 1", async () => {
  const node = { id: "gone-1", address: "127.0.0.1:65000", metadata: {} };
  const record = { name: "go.micro.srv.gone", version: "2", metadata: {}, endpoints: [], nodes: [node] };
  const registry = kernel.get("registry");
  await registry.register(record);

  const { status, stdout } = await micro("health", "go.micro.srv.gone");
  await registry.deregister(record);

  assert.is(status, 1);
  assert.match(stdout, /\ngone-1\t\t127\.0\.0\.1:65000\t\t\{"id":.*\}\n$/);
  assert.is((await micro("health")).status, 2);
  assert.is((await micro("health", "go.micro.srv.nobody")).status, 1);
});

test("stats shows what each node uses", async () => {
  const { status, stdout, stderr } = await micro("stats", "go.micro.srv.greeter");

  assert.equal([status, stderr], [0, ""]);
  assert.match(
    stdout,
    /^service {2}go\.micro\.srv\.greeter\n\nversion 1\.0\.0\n\nnode\t\taddress:port\t\tstarted\tuptime\tmemory\tthreads\tgc\ngo\.micro\.srv\.greeter-[\w-]+\t\tmemory:\d+\t\t[A-Z][a-z]{2} \d\d? \d\d:\d\d:\d\d\t(\d+h)?(\d+m)?\d+s\t\d+\.\d\dmb\t\d+\t[\d.]+(ns|µs|ms|s)\n$/,
  );
});

test("stats are written as Go writes them", () => {
  const started = new Date(2016, 5, 9, 7, 5, 3).getTime() / 1000;
  const row = (answer: unknown) => renderStats({ ...nobody, answer: readStats(answer) });

  const full = { started, uptime: 90, memory: 12_939_428, threads: 17, gc: 1_200_000 };
  assert.is(row(full), "Jun 9 07:05:03\t1m30s\t12.34mb\t17\t1.2ms");
  assert.is(row({ started, uptime: 7_384 }), "Jun 9 07:05:03\t2h3m4s\t0.00mb\t0\t0s");
  assert.is(renderStats({ ...nobody, error: "gone" }), "\t\t\t0\t");
  for (const answer of [{ uptime: "\u001b" }, { gc: -1 }, { memory: {} }, { threads: 1e300 }]) {
    assert.throws(() => readStats(answer), /its answer has no number for "(uptime|gc|memory|threads)"/);
  }
});

test("stats of a node that does not answer are empty, and the error is on stderr", async () => {
  const node = { id: "gone-1", address: "127.0.0.1:65000", metadata: {} };
  const record = { name: "go.micro.srv.gone", version: "2", metadata: {}, endpoints: [], nodes: [node] };
  const registry = kernel.get("registry");
  await registry.register(record);

  const { status, stdout, stderr } = await micro("stats", "go.micro.srv.gone");
  await registry.deregister(record);

  assert.is(status, 1);
  assert.match(stdout, /\ngone-1\t\t127\.0\.0\.1:65000\t\t\t\t\t0\t\n$/);
  assert.match(stderr, /^micro: gone-1: \{"id":.*\}\n$/);
  assert.is((await micro("stats")).status, 2);
  assert.is((await micro("stats", "go.micro.srv.nobody")).status, 1);
});

test("a service is shown with its shapes, the first version's endpoints and nothing that could forge a line", () => {
  const text = { name: "msgId", type: "string", values: null };
  const record = (version: string): ServiceRecord => ({
    name: "a",
    version,
    metadata: {},
    nodes: [{ id: `n${version}`, address: "[::1]:80", metadata: { k: "v\nEndpoint: forged", b: "1" } }],
    endpoints: [
      {
        name: "Say.Hello",
        metadata: { stream: "false" },
        request: { name: "Req", type: "Req", values: [text, { name: "Inner", type: "Inner", values: [text] }] },
        response: null,
      },
      { name: "Say.Bye", metadata: {}, request: { name: "Req", type: "Req", values: null }, response: null },
    ],
  });

  assert.is(
    renderService("a", [record("1"), { ...record("2"), nodes: [{ id: "bus", address: "a:b:c", metadata: {} }] }]),
    [
      "service  a\n\nversion 1\n\nId\tAddress\tPort\tMetadata\nn1\t::1\t80\tb=1,k=vEndpoint: forged\n",
      "version 2\n\nId\tAddress\tPort\tMetadata\nbus\ta:b:c\t0\t\n",
      "Endpoint: Say.Hello\nMetadata: stream=false\n",
      "Request: {\n\tmsg_id string\n\tinner Inner {\n\t\tmsg_id string\n\t}\n}\n\nResponse: {}\n",
      "\nEndpoint: Say.Bye\nMetadata: \n\nRequest: {}\n\nResponse: {}\n\n",
    ].join("\n"),
  );
});

test("a command that is asked to end while it waits fails, and stops its kernel", async () => {
  const asked = new AbortController();
  asked.abort();
  const { status } = await runMain(["query", "go.micro.srv.greeter", "Say.Hello"], {
    cwd: project.folder,
    signal: asked.signal,
  });

  assert.is(status, 1);
});

test.run();

import { codecJsonRpc } from "@micro/codec-json-rpc";
import {
  createMemoryNetwork,
  definePlugin,
  defineService,
  type Kernel,
  MicroError,
  memory,
  startKernel,
} from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject } from "./support/project.ts";
import { type Outcome, runMain } from "./support/run-main.ts";

const limitMs = 20_000;
const topic = "topic.greeter";
const refuse = () => {
  throw new MicroError("go.micro.codec", 500, "add schemas to the method", { reason: "schema_needed" });
};
const strict = { name: "strict", contentTypes: ["application/strict"], encode: refuse, decode: refuse };
const bytes = {
  name: "bytes",
  contentTypes: ["application/bytes"],
  encode: (value: unknown) => value as Uint8Array,
  decode: (body: unknown) => body,
};
const codecs = definePlugin({
  name: "codecs",
  setup({ hooks }) {
    for (const codec of [strict, bytes]) {
      hooks.codec.tap(codec.name, (contentType) => (codec.contentTypes.includes(contentType) ? codec : undefined));
    }
  },
});

const network = createMemoryNetwork();
const plugins = [memory({ network }), codecJsonRpc(), codecs];
Object.assign(globalThis, { pubsubPlugins: plugins });
const project = createProject({ "micro.config.js": "export default { plugins: globalThis.pubsubPlugins };" });
let kernel: Kernel;

const test = suite("publish and subscribe");
test.before(async () => {
  kernel = await startKernel({ plugins });
});
test.after(async () => {
  await kernel.stop();
  project.remove();
});

const micro = (...argv: string[]) => runMain(argv, { cwd: project.folder });

test("publish sends a message to the subscribers of a topic", async () => {
  const heard: unknown[] = [];
  const listener = defineService({
    name: "go.micro.srv.listener",
    subscribers: { [topic]: (message) => void heard.push(message) },
  });
  const served = await kernel.serve(listener);

  const outcome = await micro("publish", topic, '{"name":', '"John"}');
  await eventually(limitMs, "the message", () => heard.length > 0);
  await kernel.unserve(served);

  assert.equal(outcome, { status: 0, stdout: "ok\n", stderr: "" });
  assert.equal(heard, [{ name: "John" }]);
});

test("publish that is not well formed ends with 2", async () => {
  const missing = { status: 2, stdout: "", stderr: "micro: require topic and message\n" };

  assert.equal(await micro("publish"), missing);
  assert.equal(await micro("publish", topic), missing);
  const { status, stderr } = await micro("publish", topic, "{name: 1}");
  assert.is(status, 2);
  assert.match(stderr, /^micro: the message is not JSON: /);
});

test("publish says what to do about a content type that needs a schema, or that nobody knows", async () => {
  const strictly = await micro("publish", topic, "{}", "--content_type=application/strict");
  const unknown = await micro("publish", topic, "{}", "--content_type=application/unknown");

  assert.equal([strictly.status, strictly.stdout], [1, ""]);
  assert.is(
    strictly.stderr,
    "micro: error publishing to topic.greeter: application/strict needs a schema, which the command line cannot give; " +
      "publish as --content_type=application/json\n",
  );
  assert.equal([unknown.status, unknown.stdout], [1, ""]);
  assert.match(unknown.stderr, /Unsupported Content-Type: application\/unknown: add a plugin with its codec/);
});

test("subscribe prints each message on a line until it is asked to end, and ends with 0", async () => {
  const { status, stdout, stderr } = await subscribed({ lines: 3 }, async () => {
    await kernel.client.publish(topic, { name: "John", list: [1, 2] });
    await kernel.client.publish(topic, "text\n\u009b");
    await kernel.client.publish(topic, null);
  });

  assert.is(stdout, '{"name":"John","list":[1,2]}\n"text\\n\\u009b"\nnull\n');
  assert.equal([status, stderr], [0, "subscribed to topic.greeter\n"]);
});

test("subscribe leaves nothing behind: no service, and no subscription after its end", async () => {
  let names: readonly string[] = [];
  await subscribed({ lines: 1 }, async () => {
    names = await kernel.get("registry").listServices();
    await kernel.client.publish(topic, {});
  });

  assert.equal(names, []);
  assert.is(network.subscribers.size, 0);
});

test("subscribe --metadata prints the topic and what came beside the message", async () => {
  const { stdout } = await subscribed({ lines: 1, flags: ["--metadata"] }, () =>
    kernel.client.publish(topic, { name: "John" }, { metadata: { "x-user": "7" } }),
  );

  assert.is(stdout, '{"topic":"topic.greeter","metadata":{"X-User":"7"},"message":{"name":"John"}}\n');
});

test("subscribe prints bytes in base64", async () => {
  const { stdout } = await subscribed({ lines: 1 }, () =>
    kernel.client.publish(topic, new Uint8Array([1, 255]), { contentType: "application/bytes" }),
  );

  assert.is(stdout, '"Af8="\n');
});

test("subscribers of one queue share the messages", async () => {
  const ending = new AbortController();
  const options = { flags: ["--queue=workers"], ending };
  let heard = "";
  const onStdout = (text: string) => {
    heard += text.at(-2);
    if (heard.length === 10) ending.abort();
  };
  let ready = 0;
  const publishAll = async () => {
    if (++ready < 2) return;
    for (let n = 0; n < 10; n++) await kernel.client.publish(topic, n);
  };

  const outcomes = await Promise.all([
    subscribed({ ...options, onStdout }, publishAll),
    subscribed({ ...options, onStdout }, publishAll),
  ]);

  assert.is([...heard].sort().join(""), "0123456789");
  assert.is(outcomes.map(({ stdout }) => stdout).join("").length, 20);
});

test("messages that cannot be read are reported and counted, and do not end a subscription", async () => {
  const broker = kernel.get("broker");
  const { status, stdout, stderr } = await subscribed({ lines: 1 }, async () => {
    await broker.publish(topic, { header: { "Content-Type": "application/json" }, body: "{" });
    await broker.publish(topic, { header: { "Content-Type": "text/x\u001b[2J" }, body: "hi" });
    await broker.publish(topic, { header: {}, body: "hi" });
    await broker.publish(topic, { header: { "Content-Type": "application/json; charset=utf-8" }, body: "{}" });
  });

  assert.equal([status, stdout], [0, "{}\n"]);
  const [first, second, ...rest] = stderr.split("\n").slice(1);
  assert.match(first ?? "", /^micro: a message cannot be read: \w/);
  assert.is(second, 'micro: a message cannot be read: no plugin brings a codec for its content type "text/x[2J"');
  assert.equal(rest, [
    'micro: a message cannot be read: no plugin brings a codec for its content type ""',
    "micro: messages that could not be read: 3",
    "",
  ]);
});

test("subscribe takes one topic, and fails when the broker does", async () => {
  assert.equal(await micro("subscribe"), { status: 2, stdout: "", stderr: "micro: topic requested\n" });
  const { status, stderr } = await micro("subscribe", topic, "another");
  assert.equal([status, stderr], [2, "micro: one topic at a time, not also another\n"]);

  const refused = await micro("subscribe", "no such topic", "--broker=http", "--broker_address=127.0.0.1:0");
  assert.equal([refused.status, refused.stdout], [1, ""]);
  assert.not.match(refused.stderr, /subscribed/);
});

test("--broker=http takes messages over HTTP, at --broker_address", async () => {
  let address = "";
  const { status, stdout, stderr } = await subscribed(
    { lines: 1, flags: ["--broker=http", "--broker_address=127.0.0.1:0"] },
    async () => {
      const [record] = await kernel.get("registry").getService(`topic:${topic}`);
      address = record?.nodes[0]?.address ?? "";
      const { status } = await micro("publish", topic, '{"name":"John"}', "--broker=http");
      assert.is(status, 0);
    },
  );

  assert.equal([status, stdout, stderr], [0, '{"name":"John"}\n', "subscribed to topic.greeter\n"]);
  assert.match(address, /^127\.0\.0\.1:/);
});

interface Subscribed {
  /** How many lines it prints before it is asked to end. */
  readonly lines?: number;
  readonly flags?: readonly string[];
  readonly ending?: AbortController;
  readonly onStdout?: (text: string) => void;
}

/** Subscribes with `micro`, then does something that makes it print. */
async function subscribed(options: Subscribed, publish: () => Promise<void>): Promise<Outcome> {
  const { lines, flags = [], ending = new AbortController(), onStdout = () => {} } = options;
  let published: Promise<void> | undefined;
  const outcome = await runMain(["subscribe", topic, ...flags], {
    cwd: project.folder,
    signal: ending.signal,
    onStdout: (text) => {
      onStdout(text);
      if (text.split("\n").length - 1 === lines) ending.abort();
    },
    onStderr: () => {
      published ??= publish().catch((error: unknown) => {
        ending.abort();
        throw error;
      });
    },
  });
  await published;
  return outcome;
}

test.run();

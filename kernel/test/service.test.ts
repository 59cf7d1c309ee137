import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bidi,
  clientStream,
  defineService,
  MicroError,
  method,
  type StandardSchema,
  serverStream,
  startKernel,
} from "../src/index.ts";
import { resolveMethod } from "../src/server/service.ts";

const test = suite("services");

const positive: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const { n } = (value ?? {}) as { n?: unknown };
      return typeof n === "number" && n > 0
        ? { value: { n, checked: true } }
        : { issues: [{ message: "must be positive", path: ["n"] }] };
    },
  },
};

test("the kind of a method is known before it is called", () => {
  assert.is(resolveMethod(() => ({})).kind, "unary");
  assert.is(resolveMethod(async () => ({})).kind, "unary");
  assert.is(resolveMethod(async function* () {}).kind, "serverStream");
  assert.is(resolveMethod(serverStream(() => (async function* () {})())).kind, "serverStream");
  assert.is(resolveMethod(clientStream(async () => ({}))).kind, "clientStream");
  assert.is(resolveMethod(bidi((items) => items)).kind, "bidi");
  assert.is(resolveMethod(method({ idempotent: true }, () => ({}))).options.idempotent, true);
});

test("names that could not be called are refused", () => {
  for (const name of ["", ".a", "a.", "a b", "topic:x", "a/b", "a".repeat(129), "é", "__proto__"]) {
    assert.throws(() => defineService({ name }), /service name/, name);
  }
  for (const name of ["a.b", "", "a b", "a-b"]) {
    assert.throws(() => defineService({ name: "x", handlers: { [name]: { M: () => ({}) } } }), /not a method name/);
    assert.throws(() => defineService({ name: "x", handlers: { H: { [name]: () => ({}) } } }), /not a method name/);
  }
});

test("a handler that is no function is refused with where it stands", () => {
  assert.throws(() => defineService({ name: "x", handlers: { H: { M: 1 as never } } }), /"x": H\.M must be a function/);
  assert.throws(() => method({}, undefined as never), /needs a handler function/);
});

test("an input is validated before the handler sees it, and may be changed", async () => {
  const kernel = await startKernel();
  await kernel.serve(
    defineService({
      name: "v",
      handlers: { V: { One: method({ validate: positive }, (input: { n: number; checked?: boolean }) => input) } },
    }),
  );
  assert.equal(await kernel.client.call("v", "V.One", { n: 1 }), { n: 1, checked: true });
  const error = await kernel.client.call("v", "V.One", { n: -1 }).catch((reason) => reason);
  assert.ok(MicroError.is(error));
  assert.is(error.code, 400);
  assert.match(error.detail, "n: must be positive");
  await kernel.stop();
});

test("each item of a stream is validated", async () => {
  const kernel = await startKernel();
  await kernel.serve(
    defineService({
      name: "v",
      handlers: {
        V: {
          Many: method(
            { validate: positive },
            bidi((items: AsyncIterable<{ n: number }>) => items),
          ),
          Down: method({ validate: positive }, async function* ({ n }: { n: number }) {
            for (let left = n; left > 0; left--) yield { left };
          }),
        },
      },
    }),
  );
  const many = kernel.client.stream("v", "V.Many");
  await many.send({ n: 1 });
  assert.equal(await many.receive(), { n: 1, checked: true });
  await many.send({ n: 0 });
  assert.is(await codeOf(many.receive()), 400);

  const items: unknown[] = [];
  for await (const item of kernel.client.stream("v", "V.Down", { n: 2 })) items.push(item);
  assert.is(items.length, 2);
  assert.is(await codeOf(kernel.client.stream("v", "V.Down", { n: -1 }).receive()), 400);
  await kernel.stop();
});

test("idempotent methods and streams say so in the registry", async () => {
  const kernel = await startKernel();
  await kernel.serve(
    defineService({
      name: "v",
      metadata: { zone: "a" },
      version: "2.0.0",
      handlers: {
        V: { Get: method({ idempotent: true }, () => ({})), Set: () => ({}), Watch: bidi((items) => items) },
      },
    }),
  );
  const [record] = await kernel.get("registry").getService("v");
  assert.is(record?.version, "2.0.0");
  assert.is(record?.nodes[0]?.metadata.zone, "a");
  assert.equal(
    record?.endpoints.map(({ name, metadata }) => [name, { ...metadata }]),
    [
      ["V.Get", { stream: "false", idempotent: "true" }],
      ["V.Set", { stream: "false" }],
      ["V.Watch", { stream: "true" }],
    ],
  );
  await kernel.stop();
});

async function codeOf(work: Promise<unknown>): Promise<number | undefined> {
  const outcome = await work.catch((error: unknown) => error);
  return MicroError.is(outcome) ? outcome.code : undefined;
}

test.run();

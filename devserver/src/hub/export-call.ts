import { join, relative } from "node:path";
import { badRequest, notFound } from "@micro/kernel";
import type { DevHost } from "../dev-host.ts";
import { type CapturedCall, maxDetail } from "../observe/captured-call.ts";
import type { JsonText } from "../observe/json-text.ts";
import type { Observer } from "../observe/observer.ts";
import type { ExportedTest } from "./protocol.ts";

const dev = "go.micro.dev";
const maxServices = 20;

/**
 * A captured call as a test in the project: it serves the service in memory, and those of the project that it called,
 * makes the call again, and expects what came.
 *
 * Names and values are those of whoever called. They stand in the text as literals and nowhere else.
 *
 * @throws MicroError 400 when not all of the call is known, 404 when the project has not its service
 */
export function exportCall(host: DevHost, observer: Observer, call: CapturedCall): ExportedTest {
  const { kind, service, method } = call;
  if (kind !== "call") throw badRequest(dev, "only calls with one answer can become a test");
  const input = call.request === undefined ? undefined : wholeValue(call.request, "request");
  const files = [fileOf(host, service), ...filesOfCallees(host, observer, call)].map((file) => specifierOf(host, file));
  const parts = { files: [...new Set(files)], codecs: codecsOf(host), input, expectation: expectationOf(call) };
  return { file: `test/${slug(method)}-${slug(call.id)}.test.ts`, text: testText(service, method, parts) };
}

/**
 * The value of a captured text.
 *
 * @throws MicroError 400 when it is not known as it was
 */
export function wholeValue({ text, isCut, isRedacted }: JsonText, what: "request" | "answer"): unknown {
  if (isCut) throw badRequest(dev, `its ${what} is too long to have been kept whole`);
  if (isRedacted) throw badRequest(dev, `secrets were left out of its ${what}: call with them instead`);
  const value: unknown = JSON.parse(text);
  // Digits of 64 bits, which JSON.parse rounds.
  if (JSON.stringify(value) !== text) throw badRequest(dev, `its ${what} has numbers that are not exact in JSON`);
  if (placeholders.some((one) => text.includes(one))) throw badRequest(dev, `its ${what} is no JSON all through`);
  return value;
}

const placeholders = ['"[too deep]"', '"[circular]"', '"[unreadable]"'];

interface TestParts {
  /** What is imported, the service that is called first. */
  readonly files: readonly string[];
  readonly codecs: readonly (readonly [name: string, packageName: string])[];
  readonly input: unknown;
  readonly expectation: Expectation;
}

type Expectation =
  | { readonly answer: unknown; readonly error?: undefined }
  | { readonly error: { readonly code: number; readonly detail: string } };

function expectationOf({ code, error, response }: CapturedCall): Expectation {
  if (error === undefined) {
    // What answers nothing answers an empty object.
    return { answer: (response && wholeValue(response, "answer")) ?? {} };
  }
  if (error.length >= maxDetail) throw badRequest(dev, "its error is too long to have been kept whole");
  return { error: { code, detail: error } };
}

function fileOf({ services, files }: DevHost, name: string): string {
  const file = services.find((service) => service.name === name)?.file;
  if (file === undefined) throw notFound(dev, "this project has no such service");
  if (files.has(file)) return file;
  throw badRequest(dev, "that service stands in the config: a test needs it in a file of its own");
}

/** The files of the services that were called for a call, as far as they are the project's and were captured. */
function filesOfCallees({ services, files }: DevHost, { calls }: Observer, call: CapturedCall): readonly string[] {
  const spans = new Set([call.id]);
  const names = new Set<string>();
  // The calls that one led to end before it does: those of a trace stand behind their causes when read backwards.
  for (const { id, parent, trace, service } of [...calls.values()].reverse()) {
    if (trace !== call.trace || parent === undefined || !spans.has(parent)) continue;
    spans.add(id);
    names.add(service);
  }
  const called = services.filter(({ name, file }) => names.has(name) && files.has(file));
  return called.slice(0, maxServices).map(({ file }) => file);
}

/** How a test imports a file: a URL, in which some letters of a path mean something else. */
function specifierOf({ root }: DevHost, file: string): string {
  const segments = relative(join(root, "test"), file).replaceAll("\\", "/").split("/");
  return segments.map(encodeURIComponent).join("/");
}

/** The codecs besides JSON that map values with schemas. */
function codecsOf({ kernel }: DevHost): TestParts["codecs"] {
  const installed = new Set(kernel.plugins.map(({ name }) => name));
  return Object.entries(codecs)
    .filter(([plugin]) => installed.has(plugin))
    .map(([plugin, name]) => [name, `@micro/${plugin}`]);
}

const codecs = { "codec-proto-rpc": "codecProtoRpc", "codec-avro": "codecAvro" } as const;

function slug(text: string): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
  return (
    words
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 64) || "call"
  );
}

function testText(service: string, method: string, parts: TestParts): string {
  const { files, codecs: more, input, expectation } = parts;
  const names = files.map((_, at) => (at === 0 ? "service" : `service${at + 1}`));
  const serves = names.map((name) => `  await kernel.serve(${name});\n`).join("");
  const plugins = ["standard()", ...more.map(([name]) => `${name}()`)].join(", ");
  return `${more.map(([name, from]) => `import { ${name} } from ${literal(from)};\n`).join("")}\
import { type Kernel, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";
${names.map((name, at) => `import ${name} from ${literal(files[at])};\n`).join("")}\

// A call as micro dev saw it. A service that it needs and that is not served here has to be served too, or played.
const name = ${literal(service)};
const method = ${literal(method)};
const request = ${literal(input)};
const expected = ${literal(expectation.error ?? expectation.answer)};

let kernel: Kernel;
const test = suite(name);
test.before(async () => {
  kernel = await startKernel({
    plugins: [${plugins}],
    // Nothing leaves the process, but values are as a network would carry them.
    settings: { registry: "memory", transport: "memory", broker: "memory" },
    local: "encode",
  });
${serves}});
test.after(() => kernel.stop());

${expectation.error === undefined ? answers : fails}
test.run();
`;
}

const answers = `test(\`\${method} answers as before\`, async () => {
  assert.equal(await kernel.client.call(name, method, request), expected);
});
`;

const fails = `test(\`\${method} fails as before\`, async () => {
  await kernel.client.call(name, method, request).then(
    () => assert.unreachable("it answered"),
    ({ code, detail }) => assert.equal({ code, detail }, expected),
  );
});
`;

/** A value as an expression that is it, whatever is in it, and reads as what it is. */
function literal(value: unknown): string {
  if (value === undefined) return "undefined";
  const text = JSON.stringify(value, null, 2);
  // In an object literal it would be the prototype.
  return text.includes('"__proto__"') ? `JSON.parse(${visible(JSON.stringify(JSON.stringify(value)))})` : visible(text);
}

// Beyond what JSON escapes: ends of lines to JavaScript, and what makes a text look like another one.
function visible(text: string): string {
  return text.replace(/[\u007f-\u009f\u00ad\p{Cf}\u2028\u2029]/gu, (character) => {
    return [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join("");
  });
}

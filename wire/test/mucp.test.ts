import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Codec, type Header, MicroError, mucp, protocolOfNode, protocolOfRequest, rpc2016 } from "../src/index.ts";

const test = suite("the later protocol");

const json: Codec = {
  name: "json",
  contentTypes: ["application/json"],
  encode: (value) => `${JSON.stringify(value)}\n`,
  decode: (body) => (body.length === 0 ? {} : JSON.parse(String(body))),
};
const withEnvelope: Codec = { ...json, envelope: {} as NonNullable<Codec["envelope"]> };
const outgoing = {
  header: { "Content-Type": "application/json", Timeout: "5000000000", "X-User-Id": "john" },
  service: "go.micro.srv.greeter",
  method: "Say.Hello",
  exchange: 7,
  stream: false,
};

test("a request is what a go-micro 1 client sends: a bare value, and headers that say what is called", () => {
  const { header, body } = mucp.writeRequest(json, outgoing, 0, { name: "John" }, undefined);

  assert.is(body, '{"name":"John"}\n');
  assert.equal(header, {
    "Content-Type": "application/json",
    Timeout: "5000000000",
    "X-User-Id": "john",
    "Micro-Endpoint": "Say.Hello",
    "Micro-Id": "7",
    "Micro-Method": "Say.Hello",
    "Micro-Service": "go.micro.srv.greeter",
  });
});

test("every message of a stream carries its id, and the last one says EOS with an empty body", () => {
  const stream = { ...outgoing, stream: true };
  const item = mucp.writeRequest(json, stream, 3, { n: 1 }, undefined);
  const end = mucp.writeEnd?.(stream);

  assert.is(item.header["Micro-Stream"], "7");
  assert.is(end?.header["Micro-Stream"], "7");
  assert.is(end?.header["Micro-Error"], "EOS");
  assert.is(end?.body, "");
});

test("a request is read by its endpoint, or its method where there is none", () => {
  const read = (header: Header) => mucp.readRequest(json, { header, body: '{"name":"John"}' });

  const request = read({ "Micro-Endpoint": "Say.Hello", "Micro-Method": "Other", "Micro-Id": "0" });
  assert.is(request.method, "Say.Hello");
  assert.is(request.isEnd, false);
  assert.equal(request.value(undefined), { name: "John" });
  assert.is(read({ "Micro-Method": "Say.Hello" }).method, "Say.Hello");
  assert.is(read({ "Micro-Endpoint": "Say.Echo", "Micro-Error": "EOS" }).isEnd, true);
  assert.throws(
    () => read({ "Micro-Service": "go.micro.srv.greeter" }),
    (error: unknown) => MicroError.is(error) && error.code === 400,
  );
});

test("an empty body is the empty value", () => {
  const request = mucp.readRequest(json, { header: { "Micro-Endpoint": "Say.Hello" }, body: "" });
  assert.equal(request.value(undefined), {});
});

test("a reply repeats the ids of its request and nothing else of it", () => {
  const request = mucp.readRequest(json, {
    header: { "Micro-Endpoint": "Say.Echo", "Micro-Id": "0", "Micro-Stream": "0", Authorization: "secret" },
    body: "",
  });
  const header = { "Content-Type": "application/json" };

  const reply = mucp.writeReply(json, header, request, { n: 1 }, undefined);
  const error = mucp.writeError(json, header, request, '{"detail":"nö\r\n"}');

  assert.equal(reply.header, { "Content-Type": "application/json", "Micro-Id": "0", "Micro-Stream": "0" });
  assert.is(reply.body, '{"n":1}\n');
  assert.is(error.header["Micro-Error"], '{"detail":"n\\u00f6\\u000d\\u000a"}');
  assert.is(error.body, "");
});

test("an error is read from its header, with and without the prefix", () => {
  for (const name of ["Micro-Error", "X-Micro-Error"]) {
    const reply = mucp.readReply(json, { header: { "Content-Type": "text/html", [name]: "EOS" }, body: "" });
    assert.is(reply.error, "EOS");
  }
  const answer = mucp.readReply(json, { header: { "Content-Type": "application/json" }, body: '{"n":1}' });
  assert.is(answer.error, undefined);
  assert.equal(answer.value(undefined), { n: 1 });
});

test("a reply in another encoding is a 502 that quotes what a server of 2016 says in words", () => {
  const header = { "Content-Type": "text/plain" };
  assert.throws(
    () => mucp.readReply(json, { header, body: "Unsupported Content-Type: application/json" }),
    (error: unknown) =>
      MicroError.is(error) && error.code === 502 && error.detail.includes("Unsupported Content-Type: application/json"),
  );
});

test("the protocol of a request shows in its headers", () => {
  const cases: readonly (readonly [Header, string])[] = [
    [{ "Content-Type": "application/json" }, "rpc-2016"],
    [{ "Content-Type": "application/json", "X-Micro-From-Service": "x", "Micro-From-Service": "x" }, "rpc-2016"],
    [{ "Content-Type": "application/json", "Micro-Endpoint": "Say.Hello" }, "mucp"],
    [{ "Content-Type": "application/json", "Micro-Service": "greeter" }, "mucp"],
    [{ "Content-Type": "application/json", "Micro-Target": "greeter", "Micro-Method": "Say.Hello" }, "rpc-2016"],
    [{ "Content-Type": "application/json", "Micro-Protocol": "mucp" }, "mucp"],
    [{ "Content-Type": "application/json-rpc", "Micro-Endpoint": "Say.Hello" }, "rpc-2016"],
    [{ "Content-Type": "application/proto-rpc", "Micro-Endpoint": "Say.Hello" }, "rpc-2016"],
  ];
  for (const [header, name] of cases) assert.is(protocolOfRequest(header).name, name, JSON.stringify(header));
});

test("the protocol of a node is what it says, and for one of ours the cheaper one that the codec allows", () => {
  assert.is(protocolOfNode({}, withEnvelope), rpc2016);
  assert.is(protocolOfNode({ protocol: "grpc" }, withEnvelope), rpc2016);
  assert.is(protocolOfNode({ protocol: "mucp", server: "mucp" }, withEnvelope), mucp);
  assert.is(protocolOfNode({ protocol: "mucp", server: "rpc" }, withEnvelope), rpc2016);
  assert.is(protocolOfNode({ protocol: "mucp", server: "rpc" }, json), mucp);
});

test("a codec without an envelope cannot speak the protocol of 2016, and the error says so", () => {
  assert.is(rpc2016.supports(json), false);
  assert.throws(() => rpc2016.writeRequest(json, outgoing, 0, {}, undefined), /no envelope/);
});

test.run();

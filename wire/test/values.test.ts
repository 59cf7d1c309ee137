import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  badRequest,
  canonicalName,
  getMetadata,
  MicroError,
  mediaType,
  mergeMetadata,
  metadataOf,
  noMetadata,
  notFound,
} from "../src/index.ts";

const test = suite("values of the wire");

test("an error has the four fields of the wire in Go's order, and no others", () => {
  const error = notFound("go.micro.srv.x", "no such name", { cause: new Error("why"), reason: "unknown" });
  assert.is(JSON.stringify(error), '{"id":"go.micro.srv.x","code":404,"detail":"no such name","status":"Not Found"}');
});

test("an error survives the wire", () => {
  const error = MicroError.parse(JSON.stringify(badRequest("a", "b")));
  assert.equal(error.toJSON(), { id: "a", code: 400, detail: "b", status: "Bad Request" });
});

test("a text that is no error becomes the detail of one with code 0", () => {
  for (const text of ["boom", "", "{", "[1]", "null", '"x"', "rpc: can't find method A.B"]) {
    assert.equal(MicroError.parse(text).toJSON(), { id: "", code: 0, detail: text, status: "" });
  }
});

test("fields of the wrong type are left out of a parsed error", () => {
  const error = MicroError.parse('{"id":1,"code":"404","detail":[],"__proto__":{"polluted":1}}');
  assert.equal(error.toJSON(), { id: "", code: 0, detail: "", status: "" });
  assert.is(({} as { polluted?: number }).polluted, undefined);
});

test("errors are known by their brand and anything can be turned into one", () => {
  assert.is(MicroError.is(notFound("a", "b")), true);
  for (const value of [undefined, null, 1, {}, new Error("x")]) assert.is(MicroError.is(value), false);
  const cause = new Error("boom");
  assert.is(MicroError.from(cause, "x").cause, cause);
  assert.is(MicroError.from("text", "x").detail, "text");
});

test("metadata is found in any case and kept under canonical names", () => {
  const metadata = mergeMetadata(noMetadata, { "x-user-id": "1", "CONTENT-md5": "2" });
  assert.equal({ ...metadata }, { "X-User-Id": "1", "Content-Md5": "2" });
  assert.is(getMetadata(metadata, "X-USER-ID"), "1");
  assert.is(getMetadata(metadata, "nothing"), undefined);
  assert.is(getMetadata(metadata, "__proto__"), undefined);
  assert.is(canonicalName("x-micro-from-service"), "X-Micro-From-Service");
});

test("headers of one hop are not metadata", () => {
  const header = Object.assign(Object.create(null), {
    "Content-Length": "5",
    "Content-Type": "application/json",
    Host: "x",
    Timeout: "1",
    "User-Agent": "y",
    "X-User-Id": "1",
  });
  assert.equal({ ...metadataOf(header) }, { "X-User-Id": "1" });
  assert.is(metadataOf(header), metadataOf(header));
});

test("a media type is compared without case and parameters, and only in UTF-8", () => {
  assert.is(mediaType("Application/JSON; charset=utf-8"), "application/json");
  assert.is(mediaType('application/json; charset="UTF-8"'), "application/json");
  assert.is(mediaType("application/json;x=y"), "application/json");
  assert.is(mediaType("application/json; charset=utf-16"), undefined);
  assert.is(mediaType(""), "");
});

test.run();

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse, resolve, says } from "./support/owners.ts";

const test = suite("arguments");

test("a command line is flags before and after what is none, with one dash or two", () => {
  const { flags, positionals } = parse([
    "--shade=green",
    "query",
    "-client_pool_size",
    "5",
    "Say.Hello",
    "--glossy",
    "{}",
  ]);

  assert.equal({ ...flags }, { shade: "green", client_pool_size: "5", glossy: true });
  assert.equal(positionals, ["query", "Say.Hello", "{}"]);
});

test("two dashes end the flags, and a lone dash or a negative number is none", () => {
  assert.equal(parse(["-1", "-", "-.5", "--", "--glossy", "--"]).positionals, ["-1", "-", "-.5", "--glossy", "--"]);
});

test("a value may hold an equals sign, be empty, or span lines", () => {
  const { flags } = parse(["--server_metadata=a=b", "--shade=", "--server_name=a\nb"]);

  assert.equal({ ...flags }, { server_metadata: "a=b", shade: "", server_name: "a\nb" });
});

test("a list may be given again, anything else may not", () => {
  const { flags } = parse(["--server_metadata=a=1,b=2", "--server_metadata", "c=3", "--shade=grey", "--shade=green"]);

  assert.equal(flags.server_metadata, ["a=1,b=2", "c=3"]);
  assert.equal(resolve(parse(["--server_metadata=a=1,b=2", "--server_metadata=c=3"])).get("server_metadata"), [
    "a=1",
    "b=2",
    "c=3",
  ]);
  assert.throws(() => resolve({ flags }), says("--shade can be given only once"));
  assert.throws(() => resolve(parse(["--glossy", "--glossy"])), says("--glossy can be given only once"));
});

test("a flag without its value is an error, and one that is not known too", () => {
  assert.throws(() => parse(["--shade"]), says("--shade needs a value"));
  assert.throws(() => parse(["--shade", "--glossy"]), says("--shade needs a value"));
  assert.throws(() => parse(["--client-pool-size=1"]), says("did you mean --client_pool_size?"));
  assert.throws(() => parse(["-x"]), says("unknown option --x"));
  assert.throws(() => parse(["--="]), says("unknown option --"));
  assert.throws(() => resolve({ flags: parse(["--client_retries", "-1"]).flags }), says("from 0 to 5"));
});

test("a name like __proto__ is a flag that is not known", () => {
  assert.throws(() => parse(["--__proto__=x"]), says("--__proto__"));
});

test.run();

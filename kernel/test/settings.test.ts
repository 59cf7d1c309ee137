import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseArguments } from "../src/arguments.ts";
import { definePlugin } from "../src/plugin.ts";
import { collectFlags, resolveSettings, type SettingsSources, UsageError } from "../src/settings.ts";

const test = suite("settings");

const pool = (settings?: Record<string, unknown>) =>
  definePlugin({
    name: "pool",
    flags: {
      client_pool_size: { type: "number", default: 0, max: 1000, description: "idle connections kept per node" },
      client_pool_ttl: { type: "duration", default: "1m", description: "how long one is kept", min: "1s", max: "1h" },
    },
    ...(settings === undefined ? {} : { settings }),
  });

const shades = () =>
  definePlugin({
    name: "shades",
    flags: {
      shade: { type: "string", default: "grey", choices: ["grey", "green"], description: "a colour" },
      glossy: { type: "boolean", description: "whether it shines" },
      shade_ratio: { type: "number", default: 0.5, max: 1, description: "how much of it" },
      shade_tags: { type: "list", default: ["a"], description: "tags" },
    },
  });

test("flags that nobody gives have their defaults", () => {
  const settings = resolveSettings({ plugins: [pool(), shades()] });

  assert.is(settings.get("server_address"), ":0");
  assert.is(settings.get("server_name"), "");
  assert.is(settings.get("client_request_timeout"), 5000);
  assert.is(settings.get("client_retries"), 1);
  assert.is(settings.get("registry"), "");
  assert.equal(settings.get("registry_address"), []);
  assert.is(settings.get("client_pool_ttl"), 60_000);
  assert.is(settings.get("glossy"), false);
  assert.equal(settings.get("shade_tags"), ["a"]);
  assert.is(settings.source("client_pool_ttl"), "default");
});

test("each source goes before the one below it, and is remembered", () => {
  const layers: SettingsSources[] = [
    { plugins: [pool({ client_pool_size: 1 })] },
    { config: { settings: { client_pool_size: 2 } } },
    { env: { MICRO_CLIENT_POOL_SIZE: "3" } },
    { flags: { client_pool_size: "4" } },
  ];
  const seen = layers.map((_, index) => {
    const settings = resolveSettings(Object.assign({}, ...layers.slice(0, index + 1)));
    return [settings.get("client_pool_size"), settings.source("client_pool_size")];
  });

  assert.equal(seen, [
    [1, "plugin"],
    [2, "config"],
    [3, "environment"],
    [4, "flag"],
  ]);
});

test("`use` in the config chooses a capability", () => {
  const settings = resolveSettings({ config: { use: { registry: "consul" } } });

  assert.is(settings.get("registry"), "consul");
  assert.is(settings.source("registry"), "config");
  assert.throws(
    () => resolveSettings({ config: { use: { registri: "consul" } as never } }),
    says("unknown option use.registri in the config; did you mean use.registry in the config?"),
  );
  assert.throws(
    () => resolveSettings({ config: { use: { server_name: "x" } as never } }),
    says("unknown option use.server_name in the config"),
  );
});

test("a kind of capability that a plugin introduces has its flags", () => {
  const cacher = definePlugin({ name: "cacher", capabilities: { cacher: { description: "a cache", default: "lru" } } });
  const settings = resolveSettings({ plugins: [cacher], env: { MICRO_CACHER_ADDRESS: "a:1, b:2,," } });

  assert.is(settings.get("cacher"), "lru");
  assert.equal(settings.get("cacher_address"), ["a:1", "b:2"]);
  assert.is(
    resolveSettings({ plugins: [cacher], config: { use: { cacher: "redis" } as never } }).get("cacher"),
    "redis",
  );
});

test("a value of the wrong kind or out of range says what is allowed", () => {
  const whole = "must be a whole number from 0 to 1000, not";
  for (const bad of ["abc", "-1", "1e9", "1001", "", "1.5", "0x10", "Infinity", " 1"]) {
    assert.throws(
      () => resolve({ flags: { client_pool_size: bad } }),
      says(`--client_pool_size ${whole} ${JSON.stringify(bad)}`),
    );
  }
  assert.throws(() => resolve({ config: { settings: { client_pool_size: Number.NaN } } }), says(`${whole} NaN`));
  assert.throws(
    () => resolve({ flags: { client_pool_ttl: "5" } }),
    says('--client_pool_ttl must be a duration like 500ms or 1m30s from 1s to 1h, not "5"'),
  );
  for (const bad of ["-5s", "999ms", "2h", "1e3s"]) {
    assert.throws(() => resolve({ flags: { client_pool_ttl: bad } }), says(JSON.stringify(bad)));
  }
  assert.throws(() => resolve({ flags: { shade: "red" } }), says('--shade must be one of grey, green, not "red"'));
  assert.throws(() => resolve({ flags: { glossy: "maybe" } }), says('--glossy must be true or false, not "maybe"'));
  assert.throws(() => resolve({ config: { settings: { shade_tags: 5 } } }), says("must be texts"));
});

test("what was given is shown with its control characters escaped, and not whole when it is long", () => {
  assert.throws(() => resolve({ flags: { glossy: "\u001b[2J" } }), says('not "\\u001b[2J"'));
  assert.throws(
    () => resolve({ flags: { glossy: "x".repeat(10_000) } }),
    (error: Error) => error.message.length < 200,
  );
});

test("numbers are whole unless their default or a limit is a fraction", () => {
  assert.is(resolve({ flags: { shade_ratio: "0.25" } }).get("shade_ratio"), 0.25);
  assert.throws(() => resolve({ flags: { client_retries: "1.5" } }), says("whole number from 0 to 5"));
});

test("a config gives values as they are or as texts", () => {
  const settings = resolve({
    config: { settings: { client_pool_size: 10, client_pool_ttl: 1500, glossy: true, shade_tags: ["x", "y,z"] } },
  });

  assert.is(settings.get("client_pool_size"), 10);
  assert.is(settings.get("client_pool_ttl"), 1500);
  assert.is(settings.get("glossy"), true);
  assert.equal(settings.get("shade_tags"), ["x", "y", "z"]);
  assert.is(resolve({ config: { settings: { client_pool_ttl: "90s" } } }).get("client_pool_ttl"), 90_000);
});

test("a value that something else overrides is checked too", () => {
  const env = { MICRO_CLIENT_POOL_SIZE: "many" };

  assert.throws(() => resolve({ env, flags: { client_pool_size: "4" } }), says("MICRO_CLIENT_POOL_SIZE must be"));
});

test("variables that no flag has, and empty ones, are passed over", () => {
  const settings = resolve({ env: { MICRO_NO_SUCH_THING: "x", MICRO_CLIENT_POOL_SIZE: "", MICRO_GLOSSY: "1" } });

  assert.is(settings.source("client_pool_size"), "default");
  assert.is(settings.get("glossy"), true);
});

test("unknown names are refused, with the nearest one", () => {
  assert.throws(
    () => resolve({ flags: { client_pool_sise: "4" } }),
    says("unknown option --client_pool_sise; did you mean --client_pool_size?"),
  );
  assert.throws(
    () => resolve({ config: { settings: { client_pol_size: 4 } } }),
    says("did you mean settings.client_pool_size in the config?"),
  );
  assert.throws(
    () => resolveSettings({ plugins: [pool({ client_pool_siz: 1 })] }),
    says('unknown option client_pool_siz of plugin "pool"; did you mean client_pool_size of plugin "pool"?'),
  );
  assert.throws(
    () => resolve({ flags: { something_else_altogether: "4" } }),
    (error: Error) => error.message === "unknown option --something_else_altogether",
  );
});

test("a plugin sets its own flags only", () => {
  assert.throws(
    () => resolveSettings({ plugins: [pool({ server_name: "x" })] }),
    says('unknown option server_name of plugin "pool"'),
  );
  assert.is(resolveSettings({ plugins: [pool({ client_pool_size: undefined })] }).get("client_pool_size"), 0);
});

test("two plugins cannot bring one flag, nor one a flag of the kernel", () => {
  const other = definePlugin({ name: "other", flags: { shade: { type: "string", description: "" } } });
  const greedy = definePlugin({ name: "greedy", flags: { server_name: { type: "string", description: "" } } });
  const kind = definePlugin({ name: "kind", capabilities: { registry: { description: "" } } });

  assert.throws(() => resolveSettings({ plugins: [shades(), other] }), /plugin "other".*"shade".*plugin "shades"/);
  assert.throws(() => resolveSettings({ plugins: [greedy] }), /plugin "greedy".*"server_name".*the kernel/);
  assert.throws(() => resolveSettings({ plugins: [kind] }), /plugin "kind".*"registry".*the kernel/);
});

test("names like __proto__ are names that are not known", () => {
  const hostile = JSON.parse('{"__proto__": {"client_pool_size": 9}}');

  assert.throws(() => resolve({ config: { settings: hostile } }), says("settings.__proto__ in the config"));
  assert.throws(() => resolve({ config: { use: hostile } }), says("use.__proto__ in the config"));
  assert.throws(() => resolve({ flags: hostile }), says("--__proto__"));
  assert.throws(() => resolve({ flags: { constructor: "x" } as never }), says("--constructor"));
  assert.throws(() => parse(["--__proto__=x"]), says("--__proto__"));
  assert.throws(() => resolveSettings({ plugins: [{ name: "evil", flags: hostile }] }), /name of a flag/);
});

test("the values of one plugin come as a frozen object", () => {
  const plugin = pool({ client_pool_size: 7 });
  const values = resolveSettings({ plugins: [plugin, shades()] }).of(plugin);

  assert.equal({ ...values }, { client_pool_size: 7, client_pool_ttl: 60_000 });
  assert.ok(Object.isFrozen(values));
  assert.throws(() => resolveSettings({}).get("client_pool_size"), /no flag "client_pool_size"/);
});

test("entries tell flag, value, source and owner", () => {
  const entries = [...resolve({ flags: { shade: "green" } }).entries()];
  const shade = entries.find(({ name }) => name === "shade");

  assert.equal([shade?.value, shade?.source, shade?.owner, shade?.flag.type], ["green", "flag", "shades", "string"]);
  assert.is(entries[0]?.owner, "kernel");
});

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

function resolve(sources: SettingsSources) {
  return resolveSettings({ plugins: [pool(), shades()], ...sources });
}

function parse(argv: string[]) {
  return parseArguments(argv, collectFlags([pool(), shades()]));
}

function says(text: string) {
  return (error: Error) => {
    assert.instance(error, UsageError);
    assert.ok(error.message.includes(text), `${error.message} does not say: ${text}`);
    return true;
  };
}

test.run();

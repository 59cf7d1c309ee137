import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type FlagOwner, findMistypedVariables, resolveSettings, type SettingsSources } from "../src/index.ts";
import { configure, pool, resolve, says, shades } from "./support/owners.ts";

const test = suite("settings");

test("flags that nobody gives have their defaults", () => {
  const settings = resolve({});

  assert.is(settings.get("server_name"), "");
  assert.is(settings.get("client_retries"), 1);
  assert.equal(settings.get("server_metadata"), []);
  assert.is(settings.get("client_pool_ttl"), 60_000);
  assert.is(settings.get("glossy"), false);
  assert.equal(settings.get("shade_tags"), ["a"]);
  assert.is(settings.source("client_pool_ttl"), "default");
});

test("each source goes before the one below it, and is remembered", () => {
  const label = (name: string): string => `${name} there`;
  const layers: SettingsSources[] = [
    { owners: [pool({ client_pool_size: 1 })] },
    { owners: [], config: [{ values: { client_pool_size: 2 }, label }] },
    { owners: [], env: { MICRO_CLIENT_POOL_SIZE: "3" } },
    { owners: [], flags: { client_pool_size: "4" } },
  ];
  const seen = layers.map((_, index) => {
    const { owners } = layers[0] as SettingsSources;
    const settings = resolveSettings({ ...Object.assign({}, ...layers.slice(0, index + 1)), owners });
    return [settings.get("client_pool_size"), settings.source("client_pool_size")];
  });

  assert.equal(seen, [
    [1, "plugin"],
    [2, "config"],
    [3, "environment"],
    [4, "flag"],
  ]);
});

test("a config may have several places, the later before the earlier, and some for some flags only", () => {
  const colours = (values: Record<string, unknown>) => ({
    values,
    label: (name: string) => `paint.${name}`,
    names: ["shade", "glossy"],
  });
  const plain = { values: { shade: "green", glossy: true }, label: (name: string) => name };

  const settings = resolve({ config: [plain, colours({ shade: "grey", glossy: undefined })] });

  assert.equal([settings.get("shade"), settings.get("glossy")], ["grey", true]);
  assert.throws(
    () => resolve({ config: [colours({ shad: "grey" })] }),
    says("unknown option paint.shad; did you mean paint.shade?"),
  );
  assert.throws(() => resolve({ config: [colours({ server_name: "x" })] }), says("unknown option paint.server_name"));
});

test("a value of the wrong kind or out of range says what is allowed", () => {
  const whole = "must be a whole number from 0 to 1000, not";
  for (const bad of ["abc", "-1", "1e9", "1001", "", "1.5", "0x10", "Infinity", " 1"]) {
    assert.throws(
      () => resolve({ flags: { client_pool_size: bad } }),
      says(`--client_pool_size ${whole} ${JSON.stringify(bad)}`),
    );
  }
  assert.throws(() => configure({ client_pool_size: Number.NaN }), says(`${whole} NaN`));
  assert.throws(
    () => resolve({ flags: { client_pool_ttl: "5" } }),
    says('--client_pool_ttl must be a duration like 500ms or 1m30s from 1s to 1h, not "5"'),
  );
  for (const bad of ["-5s", "999ms", "2h", "1e3s"]) {
    assert.throws(() => resolve({ flags: { client_pool_ttl: bad } }), says(JSON.stringify(bad)));
  }
  assert.throws(() => resolve({ flags: { shade: "red" } }), says('--shade must be one of grey, green, not "red"'));
  assert.throws(() => resolve({ flags: { glossy: "maybe" } }), says('--glossy must be true or false, not "maybe"'));
  assert.throws(() => configure({ shade_tags: 5 }), says("must be texts"));
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
  const settings = configure({ client_pool_size: 10, client_pool_ttl: 1500, glossy: true, shade_tags: ["x", "y,z"] });

  assert.is(settings.get("client_pool_size"), 10);
  assert.is(settings.get("client_pool_ttl"), 1500);
  assert.is(settings.get("glossy"), true);
  assert.equal(settings.get("shade_tags"), ["x", "y", "z"]);
  assert.is(configure({ client_pool_ttl: "90s" }).get("client_pool_ttl"), 90_000);
});

test("a bare number is seconds for a duration that had no unit in 2016, and for no other", () => {
  const flags = { register_ttl: { type: "duration", default: "30s", max: "1h", unit: "s", description: "" } } as const;
  const ttlOf = (given: string) => resolve({ owners: [{ name: "x", flags }], flags: { register_ttl: given } });

  assert.is(ttlOf("90").get("register_ttl"), 90_000);
  assert.is(ttlOf("0").get("register_ttl"), 0);
  assert.is(ttlOf("1m30s").get("register_ttl"), 90_000);
  for (const bad of ["-1", "1.5", "3601", "1e3", "", "9".repeat(400)]) {
    assert.throws(
      () => ttlOf(bad),
      says("--register_ttl must be a duration like 30s or a number of seconds from 0s to 1h"),
    );
  }
  assert.throws(() => resolve({ flags: { client_pool_ttl: "90" } }), says("--client_pool_ttl must be a duration"));
});

test("a secret that is not allowed is not shown", () => {
  const flags = { token: { type: "string", secret: true, choices: ["a"], description: "" } } as const;

  assert.throws(
    () => resolve({ owners: [{ name: "x", flags }], env: { MICRO_TOKEN: "hunter2" } }),
    (error: Error) => error.message === "MICRO_TOKEN must be one of a",
  );
});

test("variables that are spelled nearly as one that a flag has are found", () => {
  const names = ["client_pool_size", "shade"];
  const find = (env: Record<string, string>) => [...findMistypedVariables(env, names)];

  assert.equal(find({ MICRO_CLIENT_POOLSIZ: "1", MICRO_SHADE: "x", PATH: "x" }), [
    ["MICRO_CLIENT_POOLSIZ", "MICRO_CLIENT_POOL_SIZE"],
  ]);
  assert.equal(find({ MICRO_shade: "x" }), [["MICRO_shade", "MICRO_SHADE"]]);
  assert.equal(find({ MICRO_CLIENT_POOL_TTL: "1m", MICRO_SHADES_OF: "x", micro_shad: "x", MICRO_SHAD: "" }), []);
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
  assert.throws(() => configure({ client_pol_size: 4 }), says("did you mean settings.client_pool_size in the config?"));
  assert.throws(
    () => resolveSettings({ owners: [pool({ client_pool_siz: 1 })] }),
    says('unknown option client_pool_siz of "pool"; did you mean client_pool_size of "pool"?'),
  );
  assert.throws(
    () => resolve({ flags: { something_else_altogether: "4" } }),
    (error: Error) => error.message === "unknown option --something_else_altogether",
  );
});

test("an owner sets its own flags only", () => {
  assert.throws(
    () => resolveSettings({ owners: [pool({ shade: "grey" }), shades] }),
    says('unknown option shade of "pool"'),
  );
  assert.is(resolveSettings({ owners: [pool({ client_pool_size: undefined })] }).get("client_pool_size"), 0);
});

test("two owners cannot bring one flag", () => {
  const other: FlagOwner = { name: "other", label: "the other", flags: { shade: { type: "string", description: "" } } };

  assert.throws(() => resolve({ owners: [shades, other] }), /the other.*"shade".*"shades" again/);
  assert.throws(() => resolve({ owners: [other, shades] }), /"shades".*"shade".*the other again/);
});

test("names like __proto__ are names that are not known", () => {
  const hostile = JSON.parse('{"__proto__": {"client_pool_size": 9}}');

  assert.throws(() => configure(hostile), says("settings.__proto__ in the config"));
  assert.throws(() => resolve({ flags: hostile }), says("--__proto__"));
  assert.throws(() => resolve({ flags: { constructor: "x" } as never }), says("--constructor"));
  assert.throws(() => resolve({ owners: [{ name: "evil", flags: hostile }] }), /name of a flag/);
});

test("the values of one owner come as a frozen object", () => {
  const owner = pool({ client_pool_size: 7 });
  const values = resolveSettings({ owners: [owner, shades] }).of(owner);

  assert.equal({ ...values }, { client_pool_size: 7, client_pool_ttl: 60_000 });
  assert.ok(Object.isFrozen(values));
  assert.throws(() => resolveSettings({ owners: [] }).get("client_pool_size"), /no flag "client_pool_size"/);
});

test("entries tell flag, value, source and owner", () => {
  const entries = [...resolve({ flags: { shade: "green" } }).entries()];
  const shade = entries.find(({ name }) => name === "shade");

  assert.equal([shade?.value, shade?.source, shade?.owner, shade?.flag.type], ["green", "flag", "shades", "string"]);
  assert.is(shade?.origin, "--shade");
  assert.equal([entries[0]?.owner, entries[0]?.origin], ["base", ""]);
});

test.run();

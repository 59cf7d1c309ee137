import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collectFlags, resolveSettings, type SettingsSources } from "../src/composition/settings.ts";
import { definePlugin } from "../src/contracts/plugin.ts";
import { UsageError } from "../src/index.ts";

const test = suite("settings of a kernel");

const pool = (settings?: Record<string, unknown>) =>
  definePlugin({
    name: "pool",
    flags: {
      client_pool_size: { type: "number", default: 0, max: 1000, description: "idle connections kept per node" },
    },
    ...(settings === undefined ? {} : { settings }),
  });

test("flags that nobody gives have the defaults of go-micro 2016", () => {
  const settings = resolveSettings({ plugins: [pool()] });

  assert.is(settings.get("server_address"), ":0");
  assert.is(settings.get("server_name"), "");
  assert.is(settings.get("client_request_timeout"), 5000);
  assert.is(settings.get("registry"), "");
  assert.equal(settings.get("registry_address"), []);
  assert.is(settings.get("client_pool_size"), 0);
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

test("what is wrong is named by where it stands", () => {
  const unknown = { client_pool_siz: 1 };

  assert.throws(
    () => resolveSettings({ plugins: [pool(unknown)] }),
    says('unknown option client_pool_siz of plugin "pool"; did you mean client_pool_size of plugin "pool"?'),
  );
  assert.throws(
    () => resolveSettings({ plugins: [pool()], config: { settings: unknown } }),
    says("did you mean settings.client_pool_size in the config?"),
  );
  assert.throws(
    () => resolveSettings({ flags: { client_request_timeout: "9" } }),
    says("--client_request_timeout must"),
  );
  assert.throws(
    () => resolveSettings({ env: { MICRO_CLIENT_REQUEST_TIMEOUT: "9" } }),
    says("_REQUEST_TIMEOUT must be"),
  );
});

test("a plugin sets its own flags only", () => {
  assert.throws(
    () => resolveSettings({ plugins: [pool({ server_name: "x" })] }),
    says('unknown option server_name of plugin "pool"'),
  );
  assert.is(resolveSettings({ plugins: [pool({ client_pool_size: undefined })] }).get("client_pool_size"), 0);
});

test("two plugins cannot bring one flag, nor one a flag of the kernel, nor one the same twice", () => {
  const other = definePlugin({ name: "other", flags: { client_pool_size: { type: "string", description: "" } } });
  const greedy = definePlugin({ name: "greedy", flags: { server_name: { type: "string", description: "" } } });
  const kind = definePlugin({ name: "kind", capabilities: { registry: { description: "" } } });
  const twice = definePlugin({
    name: "twice",
    flags: { cacher: { type: "string", description: "" } },
    capabilities: { cacher: { description: "" } },
  });

  assert.throws(
    () => resolveSettings({ plugins: [pool(), other] }),
    /plugin "other".*"client_pool_size".*plugin "pool"/,
  );
  assert.throws(() => resolveSettings({ plugins: [greedy] }), /plugin "greedy".*"server_name".*the kernel/);
  assert.throws(() => resolveSettings({ plugins: [kind] }), /plugin "kind".*"registry".*the kernel/);
  assert.throws(() => resolveSettings({ plugins: [twice] }), /plugin "twice".*"cacher".*plugin "twice"/);
});

test("names like __proto__ are names that are not known", () => {
  const hostile = JSON.parse('{"__proto__": {"client_pool_size": 9}}');

  assert.throws(() => resolveSettings({ config: { settings: hostile } }), says("settings.__proto__ in the config"));
  assert.throws(() => resolveSettings({ config: { use: hostile } }), says("use.__proto__ in the config"));
  assert.throws(() => resolveSettings({ plugins: [{ name: "evil", flags: hostile }] }), /name of a flag/);
});

test("every flag tells who brought it: the kernel, then the plugins", () => {
  const owners = [...collectFlags([pool()]).values()].map(({ owner }) => owner);

  assert.equal([owners[0], owners.at(-1)], ["kernel", "pool"]);
});

function says(text: string) {
  return (error: Error) => {
    assert.instance(error, UsageError);
    assert.ok(error.message.includes(text), `${error.message} does not say: ${text}`);
    return true;
  };
}

test.run();

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { methodsOf, topicsOf } from "../../page/src/panel/endpoints.ts";
import { filterLogs, logsOf } from "../../page/src/panel/log-lines.ts";
import { groupSettings } from "../../page/src/panel/setting-groups.ts";
import { trafficOf } from "../../page/src/panel/traffic-rows.ts";
import type { EdgeView, LogEvent, ServiceView, ShownSetting } from "../../src/hub/protocol.ts";
import { devService } from "../support/observed.ts";

const test = suite("the parts of the service panel");

const seen: ServiceView = {
  name: "go.a",
  versions: ["1"],
  health: "up",
  nodes: [],
  endpoints: [
    { name: "Say.Hello", metadata: { stream: "false", idempotent: "true" }, request: null, response: null },
    { name: "Say.Watch", metadata: { stream: "true" }, request: null, response: null },
    { name: "Say.Hello", metadata: { stream: "false" }, request: null, response: null },
    { name: "Func", metadata: { subscriber: "true", topic: "topic.a" }, request: null, response: null },
  ],
};

test("methods are those of the registry, each once, and subscriptions are none", () => {
  assert.equal(
    methodsOf(undefined, seen).map(({ name, kind, idempotent }) => [name, kind, idempotent]),
    [
      ["Say.Hello", "unary", true],
      ["Say.Watch", "stream", false],
    ],
  );
  assert.equal(topicsOf(seen), [{ subscriber: "Func", topic: "topic.a" }]);
  assert.equal(methodsOf(undefined, undefined), []);
});

test("of a service of this project its own code knows better", () => {
  const own = devService("go.a", {
    methods: [
      { name: "Say.Watch", kind: "bidi", idempotent: false, input: { type: "string" } },
      { name: "Say.New", kind: "unary", idempotent: true, input: null },
    ],
  });
  assert.equal(
    methodsOf(own, seen).map(({ name, kind, input }) => [name, kind, input.kind]),
    [
      ["Say.Hello", "unary", "json"],
      ["Say.Watch", "bidi", "text"],
      ["Say.New", "unary", "json"],
    ],
  );
});

const log = (number: number, level: LogEvent["level"], text: string, service = "go.a"): LogEvent => ({
  ...{ type: "log", number, at: 1000, level, text, service },
});

test("logs are those that were asked for and those that came since, each once", () => {
  const asked = [log(1, "info", "one"), log(2, "warn", "two")];
  const events = [log(2, "warn", "two"), log(3, "error", "three"), log(4, "info", "other", "go.b")];
  const logs = logsOf("go.a", asked, events);
  assert.equal(
    logs.map(({ number }) => number),
    [1, 2, 3],
  );
  assert.equal(
    filterLogs(logs, "warn", "").map(({ number }) => number),
    [2, 3],
  );
  assert.equal(
    filterLogs(logs, "debug", " ONE ").map(({ number }) => number),
    [1],
  );
  const many = Array.from({ length: 2000 }, (_, n) => log(n + 10, "info", "many"));
  assert.is(logsOf("go.a", asked, many).length, 500);
});

test("settings are grouped by who brought them, and found by name, value or source", () => {
  const setting = (name: string, plugin: string, value: string, source: string): ShownSetting => ({
    ...{ name, plugin, value, source, isSecret: false },
  });
  const settings = [
    setting("registry", "kernel", "mdns", "default"),
    setting("pool_size", "pool", "20", "MICRO_POOL_SIZE"),
    setting("timeout", "kernel", "5s", "--timeout"),
  ];
  const shown = (text: string, isChangedOnly = false): string =>
    groupSettings(settings, text, isChangedOnly)
      .map((group) => `${group.plugin}:${group.settings.map(({ name }) => name).join(",")}`)
      .join(" ");
  assert.is(shown(""), "kernel:registry,timeout pool:pool_size");
  assert.is(shown("micro_"), "pool:pool_size");
  assert.is(shown("", true), "pool:pool_size kernel:timeout");
});

test("traffic is what comes in and what goes out, the busiest first", () => {
  const figures = (rate: number) => ({ rate, errorRate: 0, p50Ms: 1, p95Ms: 2 });
  const edge = (id: number, caller: string, callee: string, rate: number): EdgeView => ({
    ...{ id, kind: "call", caller, callee, method: "A.B", calls: 1, errors: 0, items: 0, lastAt: 0 },
    windows: { "10s": figures(rate), "1m": figures(0), "5m": figures(0) },
  });
  const rows = trafficOf("go.a", [edge(1, "x", "go.a", 1), edge(2, "go.a", "y", 5), edge(3, "x", "y", 9)], "10s");
  assert.equal(
    rows.map(({ isIn, peer }) => [isIn, peer]),
    [
      [false, "y"],
      [true, "x"],
    ],
  );
  assert.is(trafficOf("go.a", [edge(1, "go.a", "go.a", 1)], "10s").length, 2);
});

test.run();

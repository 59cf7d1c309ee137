import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { limitMs, type Served, withHub } from "./support/hub.ts";
import { PlainElement } from "./support/plain-dom.ts";

const test = suite("the plain page");
const program = readFileSync(new URL("../src/page/page.js", import.meta.url), "utf8");
const name = "go.micro.srv.greeter";

/** Runs the page's program as a browser that opened `pageUrl` would. */
async function withOpenPage(
  { hub }: Served,
  run: (part: (id: string) => PlainElement, address: () => string) => Promise<void>,
): Promise<void> {
  const { host, protocol, hash, pathname } = new URL(hub.pageUrl);
  const parts = new Map<string, PlainElement>();
  const stored = new Map<string, string>();
  const sockets: WebSocket[] = [];
  let address = pathname + hash;
  const part = (id: string): PlainElement => {
    const known = parts.get(id) ?? new PlainElement(id);
    parts.set(id, known);
    return known;
  };
  class PageSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, [...protocols], { origin: `${protocol}//${host}` });
      sockets.push(this);
    }
  }
  runInNewContext(program, {
    document: { getElementById: part, createElement: (tag: string) => new PlainElement(tag), activeElement: undefined },
    location: { host, protocol, hash },
    history: { replaceState: (_state: unknown, _title: string, url: string) => (address = url) },
    sessionStorage: { getItem: (key: string) => stored.get(key) ?? null, setItem: stored.set.bind(stored) },
    Node: PlainElement,
    WebSocket: PageSocket,
    requestAnimationFrame: setImmediate,
    setTimeout: () => {},
    console,
  });
  try {
    await run(part, () => address);
  } finally {
    for (const socket of sockets) socket.terminate();
  }
}

test("it shows services, instances, edges, events and calls, and takes the token from its address", async () => {
  await withHub({ limits: { tickMs: 20 } }, async (served) => {
    const { host, observer } = served;
    host.services = [
      { name, version: "1", file: "/a.ts", address: "", revision: 3, isolated: undefined, failure: "a typo" },
    ];
    await withOpenPage(served, async (part, address) => {
      host.events.emit({ type: "log", level: "info", service: name, text: "logged" });
      await host.kernel.client.call(name, "Say.Hello", { name: "John" });
      await host.kernel.client.call(name, "Say.Fail").catch(() => {});
      await eventually(limitMs, "the calls", () => part("calls").textContent.includes("Say.Fail"));
      await eventually(limitMs, "the instances", () => part("instances").textContent.includes(`${name}|1.0.0`));

      assert.is(address(), "/");
      assert.match(part("services").textContent, `${name}|up|1.0.0|1|3|a typo|/a.ts`);
      assert.match(part("edges").textContent, `outside|${name}|Say.Hello|1|0|0|`);
      assert.match(part("events").textContent, "logged");
      assert.is(part("capture").checked, true);

      part("capture").checked = false;
      part("capture").happen("change");
      await eventually(limitMs, "the switch", () => !observer.calls.capturing);
      part("reload").happen("click");
      await eventually(limitMs, "the reload", () => host.reloaded.length === 1);
      const [details] = part("calls").querySelectorAll("button").slice(-1);
      details?.happen("click");
      await eventually(limitMs, "the details", () => part("detail").textContent.includes('{"msg":"Hello John"}'));
    });
  });
});

test("names with markup in them are text", async () => {
  await withHub({ limits: { tickMs: 20 } }, async (served) => {
    const hostile = '<img src=x onerror="alert(1)">';
    const node = { id: hostile, address: hostile, metadata: { [hostile]: hostile } };
    const endpoint = { name: hostile, request: null, response: null, metadata: {} };
    served.observer.fleet.put({ name: hostile, version: hostile, metadata: {}, endpoints: [endpoint], nodes: [node] });
    await withOpenPage(served, async (part) => {
      await eventually(limitMs, "the service", () => part("services").textContent.includes(hostile));
      assert.match(part("instances").textContent, `${hostile}=${hostile}`);
      const elements = part("services").querySelectorAll("img");
      assert.is(elements.length, 0);
    });
  });
});

test.run();

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fitText, splitName } from "../../page/src/graph/names.ts";
import { type StructureInput, structureOf } from "../../page/src/graph/structure.ts";
import type { EdgeKind } from "../../src/observe/edge.ts";

const test = suite("what the graph is made of");

const orders = "go.micro.srv.orders";
const prices = "go.micro.srv.prices";
let lastId = 0;
const edge = (caller: string, callee: string, method = "", kind: EdgeKind = "call") => ({
  ...{ id: ++lastId, kind, caller, callee, method },
});
const input = (changes: Partial<StructureInput>): StructureInput => ({
  ...{ services: [], edges: [], hidden: new Set<string>(), collapsed: new Set<string>(), ...changes },
});

test("methods between the same two services are one link", () => {
  const edges = [edge(orders, prices, "A.B"), edge(orders, prices, "A.C"), edge(prices, orders, "A.D")];
  const { links } = structureOf(input({ edges }));
  assert.equal(
    [...links.values()].map((link) => [link.source, link.target, link.edges.length]),
    [
      [`service:${orders}`, `service:${prices}`, 2],
      [`service:${prices}`, `service:${orders}`, 1],
    ],
  );
});

test("messages go over a topic, which is not the service of the same name", () => {
  const edges = [edge(orders, "news", "", "publish"), edge("news", prices, "", "deliver"), edge(orders, "news", "A.B")];
  const { nodes, links } = structureOf(input({ edges }));
  assert.equal([...nodes.keys()].sort(), [`service:${orders}`, `service:${prices}`, "service:news", "topic:news"]);
  assert.equal(
    [...links.values()].map(({ kind }) => kind),
    ["message", "message", "call"],
  );
});

test("what nobody calls is told apart, and callers that are no service", () => {
  const { nodes } = structureOf(input({ services: [orders, prices], edges: [edge("outside", prices, "A.B")] }));
  assert.is(nodes.get(`service:${orders}`)?.isCalled, false);
  assert.is(nodes.get(`service:${prices}`)?.isCalled, true);
  assert.is(nodes.get("outside:outside")?.kind, "outside");
});

test("a group sums up what goes in and out, and swallows what goes within", () => {
  const edges = [edge("web", orders, "A"), edge("web", prices, "B"), edge(orders, prices, "C")];
  const { nodes, links } = structureOf(input({ edges, collapsed: new Set(["go.micro.srv"]) }));
  assert.equal([...nodes.keys()], ["service:web", "group:go.micro.srv"]);
  assert.equal(nodes.get("group:go.micro.srv")?.members, [orders, prices]);
  assert.equal(
    [...links.values()].map((link) => link.edges.length),
    [2],
  );
});

test("a hidden node goes with its links, and is counted", () => {
  const edges = [edge("web", orders, "A"), edge(orders, prices, "C")];
  const { nodes, links, hidden } = structureOf(input({ edges, hidden: new Set([`service:${orders}`]) }));
  assert.equal([...nodes.keys()], ["service:web", `service:${prices}`]);
  assert.is(links.size, 0);
  assert.equal(hidden, [`service:${orders}`]);
});

test("what did not change is the same object", () => {
  const edges = [edge("web", orders, "A")];
  const first = structureOf(input({ edges }));
  assert.is(structureOf(input({ edges }), first), first);
  const second = structureOf(input({ edges: [...edges, edge(orders, prices, "B")] }), first);
  assert.is.not(second, first);
  assert.is(second.nodes.get("service:web"), first.nodes.get("service:web"));
});

test("names of any kind keep apart", () => {
  const names = ["__proto__", "constructor", "a\nb", "<b>x</b>"];
  const { nodes } = structureOf(input({ services: names }));
  assert.equal(
    [...nodes.values()].map(({ name }) => name),
    names,
  );
});

test("a name is split at its last dot, where something stands on both sides", () => {
  assert.equal(splitName("go.micro.srv.orders"), { namespace: "go.micro.srv", short: "orders" });
  for (const name of ["orders", ".orders", "orders.", ""])
    assert.equal(splitName(name), { namespace: "", short: name });
});

test("a text that is too long ends in an ellipsis, and fits", () => {
  const widthOf = (text: string): number => text.length;
  assert.is(fitText("orders", 6, widthOf), "orders");
  assert.is(fitText("warehouse", 6, widthOf), "wareh…");
  assert.is(fitText("warehouse", 0, widthOf), "…");
});

test.run();

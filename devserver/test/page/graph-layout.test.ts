import { suite } from "uvu";
import * as assert from "uvu/assert";
import { labelPlaces } from "../../page/src/graph/label-room.ts";
import { neighbourOf } from "../../page/src/graph/neighbours.ts";
import { card, type PlaceInput, type Point, placeNodes, withoutGone } from "../../page/src/graph/place-nodes.ts";
import { routesOf } from "../../page/src/graph/routes.ts";
import { fitted, revealed, zoomed } from "../../page/src/graph/viewport.ts";

const test = suite("where the graph stands");

const input = (
  nodes: readonly string[],
  lines: readonly string[],
  before: PlaceInput["before"] = new Map(),
): PlaceInput => ({
  nodes,
  links: lines.map((line) => {
    const [source = "", target = ""] = line.split(">");
    return { id: line, source, target };
  }),
  before,
});
const shop = input(
  ["web", "orders", "prices", "mail", "idle"],
  ["web>orders", "orders>prices", "orders>mail", "web>prices"],
);

test("what calls stands to the left of what it calls, and no card covers another", () => {
  const { nodes } = placeNodes(shop);
  const at = (id: string): Point => nodes.get(id) as Point;
  assert.ok(at("web").x < at("orders").x && at("orders").x < at("prices").x);
  const all = [...nodes.values()];
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      const isApart = Math.abs(one.x - other.x) >= card.width || Math.abs(one.y - other.y) >= card.height;
      assert.ok(isApart, `${JSON.stringify(one)} and ${JSON.stringify(other)}`);
    }
  }
});

test("what nothing is linked to stands below", () => {
  const { nodes } = placeNodes(shop);
  const bottom = Math.max(...["web", "orders", "prices", "mail"].map((id) => nodes.get(id)?.y ?? 0));
  assert.ok((nodes.get("idle")?.y ?? 0) >= bottom + card.height);
  assert.is(placeNodes(input(["a", "b"], [])).nodes.size, 2);
});

test("circles, services that call themselves and odd names are placed", () => {
  const { nodes, routes } = placeNodes(input(["__proto__", "a"], ["a>__proto__", "__proto__>a", "a>a"]));
  assert.equal([nodes.size, routes.size], [2, 3]);
});

test("what goes moves nothing, and what comes leaves most in place", () => {
  const first = placeNodes(shop);
  const without = input(
    ["web", "orders", "prices", "idle"],
    ["web>orders", "orders>prices", "web>prices"],
    first.nodes,
  );
  const second = withoutGone(first, without);
  for (const id of without.nodes) assert.equal(second?.nodes.get(id), first.nodes.get(id));
  const more = input([...shop.nodes, "news"], [...shop.links.map(({ id }) => id), "orders>news"], first.nodes);
  assert.is(withoutGone(first, more), undefined);
  const third = placeNodes(more);
  const stayed = ["web", "orders", "prices", "mail"].filter((id) => {
    const [was, is] = [first.nodes.get(id) as Point, third.nodes.get(id) as Point];
    return was.x === is.x && Math.abs(was.y - is.y) <= card.height;
  });
  assert.ok(stayed.length >= 3, stayed.join());
});

test("lines leave on the right and arrive on the left, each at its own place; back they go the other way", () => {
  const cards = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 400, y: 0 }],
    ["c", { x: 400, y: 200 }],
  ]);
  const { links } = input([], ["a>b", "a>c", "b>a"]);
  const placed = { nodes: cards, routes: new Map() };
  const routes = routesOf(
    links,
    placed,
    (id) => cards.get(id),
    () => false,
  );
  const half = card.width / 2;
  assert.match(routes.get("a>b")?.path ?? "", new RegExp(`^M${half} `));
  assert.is(routes.get("a>c")?.x, 400 - half);
  assert.is(routes.get("b>a")?.isBack, true);
  assert.is(routes.get("b>a")?.x, half);
  assert.is.not(routes.get("a>b")?.path.split("C")[0], routes.get("a>c")?.path.split("C")[0]);
});

test("a label has room where it covers neither a card nor another label", () => {
  const route = (y: number) => ({ path: "", x: 0, y: 0, isBack: false, spots: [{ x: 0, y }] });
  const routes = new Map([
    ["free", route(0)],
    ["taken", route(4)],
    ["card", route(300)],
  ]);
  const places = labelPlaces(routes, [{ x: 20, y: 310 }]);
  assert.equal(
    [...places.values()].map(({ hasRoom }) => hasRoom),
    [true, false, false],
  );
});

test("arrow keys follow lines, and go to the nearest card where there is none", () => {
  const cards = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 300, y: 90 }],
    ["c", { x: 300, y: 0 }],
    ["d", { x: 0, y: 90 }],
  ]);
  assert.is(neighbourOf("a", "right", cards, ["b"]), "b");
  assert.is(neighbourOf("a", "right", cards, []), "c");
  assert.is(neighbourOf("a", "down", cards, []), "d");
  assert.is(neighbourOf("a", "left", cards, []), undefined);
});

test("all cards fit, in the middle; zooming keeps what is under the pointer", () => {
  const size = { width: 1000, height: 500 };
  const view = fitted(
    [
      { x: 0, y: 0 },
      { x: 4000, y: 0 },
    ],
    size,
  );
  const left = view.x - (card.width / 2) * view.k;
  const right = view.x + (4000 + card.width / 2) * view.k;
  assert.ok(left >= 0 && right <= 1000 && Math.abs(left - (1000 - right)) < 1);
  const at = { x: 300, y: 200 };
  const next = zoomed(view, 2, at);
  assert.ok(Math.abs((at.x - next.x) / next.k - (at.x - view.x) / view.k) < 1e-6);
  assert.ok(revealed(next, { x: 4000, y: 0 }, size).x < next.x);
  assert.equal(fitted([], size), { x: 0, y: 0, k: 1 });
});

test.run();

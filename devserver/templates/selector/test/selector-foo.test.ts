import { createSelector, type ServiceNode } from "@micro/kernel";
import { testPlugin, testSelector } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { leastRecentlyUsed, selectorFoo } from "../src/index.ts";

const test = suite("selector-foo");

// What every selector must do.
testSelector({ test, factory: createSelector("foo", leastRecentlyUsed) });

// What every plugin must do.
testPlugin({ test, plugin: selectorFoo, config: { use: { selector: "foo" } } });

test("every node has its turn before one has its second", () => {
  const choose = leastRecentlyUsed();
  const nodes = ["a", "b", "c", "d"].map(nodeOf);
  const selection = { service: "greeter", method: "Say.Hello", filters: [] };

  for (let round = 0; round < 3; round++) {
    assert.is(new Set(nodes.map(() => choose(nodes, selection).id)).size, nodes.length);
  }
});

test("a node that joins is next, and one that left is forgotten by nobody's harm", () => {
  const choose = leastRecentlyUsed();
  const selection = { service: "greeter", method: "Say.Hello", filters: [] };
  const [a, b, c] = ["a", "b", "c"].map(nodeOf) as [ServiceNode, ServiceNode, ServiceNode];

  choose([a, b], selection);
  choose([a, b], selection);

  assert.is(choose([a, b, c], selection), c);
  assert.is(choose([a], selection), a);
});

function nodeOf(id: string): ServiceNode {
  return { id, address: "127.0.0.1:8080", metadata: {} };
}

test.run();

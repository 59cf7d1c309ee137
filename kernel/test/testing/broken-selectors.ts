import { MicroError } from "@micro/wire";
import { createSelector, randomSelector } from "../../src/client/selectors.ts";
import type { ServiceNode, ServiceRecord } from "../../src/contracts/registry.ts";
import type { Selection, Selector, SelectorFactory } from "../../src/contracts/selector.ts";
import type { Breakage } from "../support/collect.ts";
import { override } from "../support/override.ts";

let timer: NodeJS.Timeout | undefined;

/** Selectors that break the contract, each in one way. */
export const brokenSelectors: readonly Breakage<SelectorFactory>[] = [
  {
    does: "picks any node of the registry",
    make: (registry) =>
      picking(async () => {
        const names = await registry.listServices();
        const records = await registry.getService(names.at(-1) ?? "");
        return records[0]?.nodes[0] as ServiceNode;
      }),
    seenBy: ["it picks a node of the service"],
  },
  {
    does: "shortens the node",
    make: changing(({ id, address }) => ({ id, address, metadata: {} })),
    seenBy: ["it hands out the node as the registry has it"],
  },
  {
    does: "always answers with a promise",
    make: (registry) => {
      const selector = randomSelector(registry);
      return picking(async (selection) => selector.pick(selection));
    },
    seenBy: ["it answers at once when what it needs is known"],
  },
  {
    does: "picks the first node",
    make: createSelector(
      "first",
      () =>
        ([first]) =>
          first as ServiceNode,
    ),
    seenBy: ["it picks every node of every version sooner or later"],
  },
  {
    does: "counts for all services together",
    make: createSelector("counting", () => {
      let count = 0;
      return (nodes) => nodes[count++ % nodes.length] as ServiceNode;
    }),
    seenBy: ["what it picked for one service does not matter to another"],
  },
  {
    does: "ignores filters",
    make: selecting((selection) => ({ ...selection, filters: [] })),
    seenBy: [
      "it picks among the nodes that the filters leave",
      "it applies the filters in order, each to what the one before left",
      "the filters of one pick do not matter to the next",
      "when the filters leave no node it is a 503",
      "a record without nodes is no node",
    ],
  },
  {
    does: "applies the first filter only",
    make: selecting((selection) => ({ ...selection, filters: selection.filters.slice(0, 1) })),
    seenBy: ["it applies every filter", "it applies the filters in order, each to what the one before left"],
  },
  {
    does: "applies the filters backwards",
    make: selecting((selection) => ({ ...selection, filters: selection.filters.toReversed() })),
    seenBy: ["it applies the filters in order, each to what the one before left"],
  },
  {
    does: "keeps what the first filters left",
    make: (registry) => {
      let kept: Selection["filters"] = [];
      return selecting((selection) => {
        if (kept.length === 0) kept = selection.filters;
        return { ...selection, filters: kept };
      })(registry);
    },
    seenBy: ["the filters of one pick do not matter to the next"],
  },
  {
    does: "says of everything that it is none available",
    make: (registry) => {
      const selector = randomSelector(registry);
      return picking((selection) => {
        try {
          return selector.pick(selection);
        } catch {
          throw new MicroError("go.micro.client", 500, "none available");
        }
      });
    },
    seenBy: [
      "a service that the registry does not know is a 404",
      "when the filters leave no node it is a 503",
      "a service whose last node left is a 404 again",
      "a registry that cannot tell is a 503, and not an unknown service",
    ],
  },
  {
    does: "answers nothing where no node is left",
    make: (registry) => {
      const selector = randomSelector(registry);
      return picking((selection) => {
        try {
          return selector.pick(selection);
        } catch {
          return undefined as never;
        }
      });
    },
    seenBy: ["a record without nodes is no node", "a service that the registry does not know is a 404"],
  },
  {
    does: "remembers for ever",
    make: (registry) => {
      const known = new Map<string, readonly ServiceRecord[]>();
      return randomSelector(
        override(registry, {
          getService(name) {
            const records = known.get(name) ?? (registry.getService(name) as readonly ServiceRecord[]);
            known.set(name, records);
            return records;
          },
        }),
      );
    },
    seenBy: ["a node that joined is picked, and one that left is not", "a service whose last node left is a 404 again"],
  },
  {
    does: "takes a promise for an answer",
    make: (registry) =>
      picking((selection) => {
        const [first] = registry.getService(selection.service) as readonly ServiceRecord[];
        return first?.nodes[0] as ServiceNode;
      }),
    seenBy: ["a registry that answers with a promise is waited for"],
  },
  {
    does: "takes an absent registry for an empty one",
    make: (registry) =>
      randomSelector(
        override(registry, {
          async getService(name) {
            try {
              return await registry.getService(name);
            } catch {
              return [];
            }
          },
        }),
      ),
    seenBy: [
      "a registry that cannot tell is a 503, and not an unknown service",
      "a registry that cannot tell and says so later is a 503 too",
    ],
  },
  {
    does: "fails when it is closed again",
    make: (registry) => {
      let closed = false;
      return override(randomSelector(registry), {
        async close() {
          if (closed) throw new Error("closed already");
          closed = true;
        },
      });
    },
    seenBy: ["closing twice is no mistake"],
  },
  {
    does: "leaves a timer running",
    make: (registry) => {
      timer = setInterval(() => {}, 60_000);
      return randomSelector(registry);
    },
    seenBy: ["a closed selector leaves nothing that keeps the process alive"],
    undo: () => clearInterval(timer),
  },
];

function picking(pick: Selector["pick"]): Selector {
  return { name: "broken", pick, close: async () => {} };
}

function selecting(change: (selection: Selection) => Selection): SelectorFactory {
  return (registry) => {
    const selector = randomSelector(registry);
    return picking((selection) => selector.pick(change(selection)));
  };
}

function changing(change: (node: ServiceNode) => ServiceNode): SelectorFactory {
  return (registry) => {
    const selector = randomSelector(registry);
    return picking(async (selection) => change(await selector.pick(selection)));
  };
}

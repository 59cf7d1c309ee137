import { suite } from "uvu";
import * as assert from "uvu/assert";
import { errorShare } from "../../page/src/graph/link-figures.ts";
import { kindOf, selected } from "../../page/src/tables/event-kinds.ts";
import { incomingOf } from "../../page/src/tables/figures.ts";
import { agoText, countText, fileText, msText, rateText, shareText } from "../../page/src/ui/format.ts";
import { filterRows, RowOrder, sortRows } from "../../page/src/ui/row-order.ts";
import { TableState } from "../../page/src/ui/table-state.ts";
import type { NumberedEvent } from "../../src/index.ts";

const test = suite("the order of tables, and what stands in them");

const same = (text: string): string => text;

test("rows are sorted by number or by text with its numbers, and those without a value come last", () => {
  assert.equal(
    sortRows([3, 1, 2], (n) => n, "descending"),
    [3, 2, 1],
  );
  assert.equal(sortRows(["s10", "S2", "s1"], same, "ascending"), ["s1", "S2", "s10"]);
  const rows = [{ n: undefined }, { n: 2 }, { n: 1 }];
  for (const direction of ["ascending", "descending"] as const) {
    assert.is(sortRows(rows, ({ n }) => n, direction).at(-1), rows[0]);
  }
});

test("rows of equal values stay as they were", () => {
  const rows = ["b1", "a1", "b2", "a2"];
  assert.equal(
    sortRows(rows, (row) => row[0], "descending"),
    ["b1", "b2", "a1", "a2"],
  );
});

test("a filter takes words in any order and case", () => {
  const rows = ["orders calls Payments", "orders calls prices"];
  assert.equal(filterRows(rows, same, "PAY orders"), [rows[0]]);
  assert.equal(filterRows(rows, same, "  "), rows);
});

test("an order that is held lets nothing jump, and new rows wait", () => {
  const order = new RowOrder<string>();
  const arrange = (rows: readonly string[], isHeld: boolean, reason = "name") =>
    order.arrange(rows, same, isHeld, reason);
  assert.equal(arrange(["a", "b", "c"], true), { rows: ["a", "b", "c"], waiting: 0 });
  assert.equal(arrange(["c", "d", "a"], true), { rows: ["a", "c"], waiting: 1 });
  assert.equal(arrange(["c", "d", "a"], true, "rate"), { rows: ["c", "d", "a"], waiting: 0 });
  assert.equal(arrange(["a", "d"], false, "rate"), { rows: ["a", "d"], waiting: 0 });
});

test("a column is sorted by what is asked for most often, and then the other way round", () => {
  const state = new TableState("name");
  state.sortBy("rate", true);
  assert.equal([state.column.value, state.direction.value], ["rate", "descending"]);
  state.sortBy("rate", true);
  assert.is(state.direction.value, "ascending");
  state.sortBy("name", false);
  assert.equal([state.column.value, state.direction.value], ["name", "ascending"]);
});

test("what comes to a service is the sum of its edges, with the slow end of the slowest", () => {
  const figures = (rate: number, p50Ms: number, p95Ms: number) => ({ rate, errorRate: rate / 10, p50Ms, p95Ms });
  const edge = (id: number, kind: "call" | "publish", rate: number, p50Ms: number, p95Ms: number) => {
    const window = figures(rate, p50Ms, p95Ms);
    const windows = { "10s": window, "1m": window, "5m": window };
    return { id, kind, caller: "a", callee: "b", method: "m", calls: 5, errors: 1, items: 0, lastAt: 0, windows };
  };
  const incoming = incomingOf(
    [edge(1, "call", 3, 10, 90), edge(2, "call", 1, 50, 60), edge(3, "publish", 9, 1, 1)],
    "10s",
  );
  const sum = incoming.get("b");
  assert.equal([sum?.rate, sum?.p50Ms, sum?.p95Ms], [4, 20, 90]);
  assert.ok(Math.abs(errorShare(sum as never) - 0.1) < 1e-9);
  assert.is(errorShare(figures(0, 0, 0)), 0);
});

test("events are chosen by kind and level; kinds of a newer server are others", () => {
  const log = (level: "debug" | "error", number: number): NumberedEvent => ({
    ...{ type: "log", level, service: "a", text: level, number, at: 0 },
  });
  const unknown = { type: "constructor", number: 3, at: 0 } as unknown as NumberedEvent;
  const events = [log("debug", 1), log("error", 2), unknown];
  assert.equal(selected(events, new Set(["logs"]), "warn"), [events[1]]);
  assert.equal(selected(events, new Set(["others"]), "debug"), [unknown]);
  assert.is(kindOf(unknown), "others");
});

test("numbers are written to be read at a glance", () => {
  assert.equal([0, 0.01, 0.42, 9.96, 12, 1234, 34_567].map(rateText), [
    "0",
    "<0.1",
    "0.4",
    "10.0",
    "12",
    "1.2k",
    "35k",
  ]);
  assert.equal([999, 1000, 5_600_000].map(countText), ["999", "1k", "5.6M"]);
  assert.equal([0, 0.42, 12.4, 1234].map(msText), ["–", "0.4 ms", "12 ms", "1.2 s"]);
  assert.equal([0, 0.0004, 0.004, 0.125, 1].map(shareText), ["0 %", "<0.1 %", "0.4 %", "13 %", "100 %"]);
  assert.equal([500, 12_000, 120_000, 7_200_000, 200_000_000].map(agoText), ["now", "12 s", "2 min", "2 h", "2 d"]);
  assert.equal(["/home/a/shop/services/b.ts", "c:\\x\\y.ts", "z.ts"].map(fileText), [
    "services/b.ts",
    "x/y.ts",
    "z.ts",
  ]);
});

test.run();

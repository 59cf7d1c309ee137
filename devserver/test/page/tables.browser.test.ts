import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { rateText } from "../../page/src/ui/format.ts";
import { withHub } from "../support/hub.ts";
import { browserSuite, untilInPage } from "./support/browser.ts";
import { callAlongEdges, devService, fleetOf, nameOf } from "./support/fleet.ts";
import { goTo, rowOf, sees, table } from "./support/page-parts.ts";

const { test, open, run } = browserSuite("the tables of the page");

const greeter = "go.micro.srv.greeter";
const firstCells = (page: Page): Promise<string[]> => table(page).locator("tbody th").allTextContents();
const focused = (page: Page): Promise<string | null | undefined> =>
  page.evaluate(() => document.activeElement?.textContent);

test("a column is sorted by the keyboard, and says so", async () => {
  await withHub({ network: await fleetOf(3) }, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await rowOf(page, nameOf(2)).waitFor();
      const head = table(page).getByRole("columnheader", { name: "Service" });
      await sees(() => head.getAttribute("aria-sort"), "ascending");
      await sees(() => firstCells(page), [greeter, nameOf(0), nameOf(1), nameOf(2)]);
      await head.getByRole("button").press("Enter");
      await sees(() => head.getAttribute("aria-sort"), "descending");
      await sees(() => firstCells(page), [nameOf(2), nameOf(1), nameOf(0), greeter]);
      // Numbers are sorted by the greatest first; what is equal stays as it was.
      await table(page).getByRole("columnheader", { name: "Instances" }).getByRole("button").press("Enter");
      await sees(async () => (await firstCells(page)).slice(0, 3).sort(), [nameOf(0), nameOf(1), nameOf(2)]);
    });
  });
});

test("arrow keys go over the rows, Enter opens one, and Escape gives the focus back", async () => {
  await withHub({ network: await fleetOf(20) }, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await rowOf(page, nameOf(19)).waitFor();
      await table(page).getByRole("button", { name: greeter }).focus();
      for (const key of ["ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
      await sees(() => focused(page), nameOf(0));
      for (const [key, name] of [
        ["End", nameOf(19)],
        ["PageUp", nameOf(9)],
        ["Home", greeter],
      ] as const) {
        await page.keyboard.press(key);
        await sees(() => focused(page), name);
      }
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("complementary", { name: nameOf(0) }).waitFor();
      assert.match(page.url(), `service=${nameOf(0)}`);
      await page.keyboard.press("Escape");
      await page.getByRole("complementary").waitFor({ state: "hidden" });
      await untilInPage(
        page,
        "the row has the focus",
        (name) => document.activeElement?.textContent === name,
        nameOf(0),
      );
    });
  });
});

test("one row is reached by Tab, the one that was used last", async () => {
  await withHub({ network: await fleetOf(5) }, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await rowOf(page, nameOf(4)).waitFor();
      const reached = table(page).locator("tbody button[tabindex='0']");
      await sees(() => reached.allTextContents(), [greeter]);
      await reached.focus();
      await page.keyboard.press("ArrowDown");
      await sees(() => reached.allTextContents(), [nameOf(0)]);
    });
  });
});

test("the filter leaves what fits, and says when nothing does", async () => {
  await withHub({ network: await fleetOf(12) }, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await rowOf(page, nameOf(11)).waitFor();
      const filter = page.getByRole("searchbox", { name: "Filter services" });
      await filter.fill("S01");
      await sees(() => firstCells(page), [nameOf(10), nameOf(11)]);
      await page.getByText("2 of 13").waitFor();
      await filter.fill("no such");
      await page.getByRole("heading", { name: "Nothing fits the filter" }).waitFor();
      await page.getByRole("button", { name: "Clear the filter" }).click();
      await untilInPage(page, "all rows", () => document.querySelectorAll("tbody tr").length === 13, 0);
    });
  });
});

test("a long table shows a hundred rows, and more when asked", async () => {
  await withHub({ network: await fleetOf(149) }, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      const more = page.getByRole("button", { name: "Show 50 more of 150" });
      await more.waitFor();
      await sees(async () => (await firstCells(page)).length, 100);
      await more.click();
      await sees(async () => (await firstCells(page)).length, 150);
      await more.waitFor({ state: "hidden" });
    });
  });
});

test("rows stand still while one has the focus; new ones wait until they are asked for", async () => {
  await withHub({ network: await fleetOf(2) }, async ({ hub, observer }) => {
    callAlongEdges(observer, 2, 2);
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "traffic");
      await untilInPage(page, "two edges", () => document.querySelectorAll("tbody tr").length === 2, 0);
      await table(page).locator("tbody button").first().focus();
      const before = await firstCells(page);
      const busy = before[1] ?? "";
      for (let n = 0; n < 50; n++) {
        const [edge] = [...observer.traffic.values()].filter(({ caller }) => caller === busy);
        edge?.ended(observer.now(), 1, false);
      }
      observer.traffic.edge("call", "outside", nameOf(0), "Do.Else").ended(observer.now(), 1, false);
      const fresh = page.getByRole("button", { name: "Show 1 new" });
      await fresh.waitFor();
      await sees(() => firstCells(page), before);
      await sees(() => focused(page), before[0]);
      await fresh.click();
      await sees(async () => (await firstCells(page))[0], busy);
      await rowOf(page, "Do.Else").waitFor();
    });
  });
});

test("the focus stays in the table when the row that has it goes", async () => {
  await withHub({}, async ({ hub, host }) => {
    host.services = ["a", "b", "c"].map((name) => devService(name));
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await table(page).getByRole("button", { name: "b", exact: true }).focus();
      host.services = ["a", "c"].map((name) => devService(name));
      await untilInPage(page, "the next row has the focus", () => document.activeElement?.textContent === "c", 0);
    });
  });
});

test("events are chosen by kind and level, and unfold", async () => {
  await withHub({}, async ({ hub, host }) => {
    const excerpt = "  > 3 | x y;\n      |   ^";
    host.events.emit({ type: "log", level: "debug", service: "a", text: "quiet" });
    host.events.emit({ type: "log", level: "error", service: "a", text: "loud" });
    host.events.emit({
      ...{ type: "failed", phase: "build", service: "a", file: "/project/a.ts", message: 'Expected ";"' },
      ...{ frame: { file: "/project/a.ts", line: 3, column: 3, excerpt }, stack: "Error: no\n  at here" },
    });
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "events");
      await rowOf(page, "quiet").waitFor();
      await page.getByRole("radio", { name: "warn" }).check();
      await rowOf(page, "quiet").waitFor({ state: "hidden" });
      await rowOf(page, "loud").waitFor();
      await page.getByRole("checkbox", { name: "logs" }).uncheck();
      await rowOf(page, "loud").waitFor({ state: "hidden" });
      const row = rowOf(page, 'Expected ";"').first().getByRole("button");
      assert.is(await row.getAttribute("aria-expanded"), "false");
      await row.press("Enter");
      assert.is((await table(page).locator(".excerpt").first().textContent())?.trimEnd(), excerpt);
      await page.getByRole("button", { name: "project/a.ts:3" }).waitFor();
    });
  });
});

test("the window of the figures is one for all, and stands in the address", async () => {
  await withHub({ network: await fleetOf(2) }, async ({ hub, observer }) => {
    for (let n = 0; n < 3000; n++) callAlongEdges(observer, 1, 2);
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "traffic");
      const [edge] = observer.traffic.values();
      const inFiveMinutes = rateText(edge?.figures(observer.now(), "5m").rate ?? 0);
      const rate = rowOf(page, "Do.It").getByRole("cell", { name: inFiveMinutes, exact: true });
      await rowOf(page, "Do.It").waitFor();
      assert.is(await rate.count(), 0);
      await page.getByRole("radio", { name: "5m" }).check();
      await rate.waitFor();
      assert.match(page.url(), "window=5m");
      await goTo(page, "services");
      assert.ok(await page.getByRole("radio", { name: "5m" }).isChecked());
    });
  });
});

run();

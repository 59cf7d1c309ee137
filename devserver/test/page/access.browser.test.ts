import * as assert from "uvu/assert";
import { views } from "../../page/src/place.ts";
import { browserSuite } from "./support/browser.ts";
import { busy, greeterName, settled } from "./support/busy.ts";
import { goTo, table } from "./support/page-parts.ts";
import { notReachedByTab } from "./support/tab-order.ts";

const { test, open, run } = browserSuite("everybody can use the page");

test("a card of the graph is called by the name that stands in it", async () => {
  await busy(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await settled(page, "graph");
      const cards = page.getByRole("main", { name: "graph" }).locator("g[role=button]");
      const names = await cards.evaluateAll((all) =>
        all.map((card) => [card.querySelector(".name")?.textContent, card.getAttribute("aria-label")]),
      );
      assert.is(names.length, 3);
      for (const [shown, spoken] of names) assert.ok(spoken?.startsWith(shown ?? "?"), `${shown}: ${spoken}`);
    });
  });
});

test("Tab reaches everything that a pointer reaches, in every view", async () => {
  await busy(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      for (const view of views) {
        await goTo(page, view);
        await settled(page, view);
        assert.equal(await notReachedByTab(page), [], view);
      }
      await goTo(page, "services");
      await table(page).getByRole("button", { name: greeterName }).click();
      await page.getByRole("complementary", { name: greeterName }).waitFor();
      assert.equal(await notReachedByTab(page), [], "with a panel");
      await goTo(page, "calls");
      await page
        .getByRole("main")
        .getByRole("button", { name: /front Front\.Hello/ })
        .first()
        .click();
      await page.getByRole("complementary", { name: "Call of Front.Hello" }).waitFor();
      assert.equal(await notReachedByTab(page), [], "with a call");
    });
  });
});

test("the first stop leads to the view", async () => {
  await busy(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      const skip = page.getByRole("button", { name: "Skip to the view" });
      await skip.focus();
      await page.keyboard.press("Enter");
      assert.is(await page.evaluate(() => document.activeElement?.id), "view");
    });
  });
});

test("who wants no motion gets none", async () => {
  await busy(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      await settled(page, "graph");
      const longest = await page.evaluate(() => {
        const seconds = (text: string): number => Math.max(...text.split(", ").map(Number.parseFloat));
        const moving = [...document.querySelectorAll("*")].map((element) => {
          const { animationDuration, transitionDuration } = getComputedStyle(element);
          return Math.max(seconds(animationDuration), seconds(transitionDuration));
        });
        return Math.max(...moving);
      });
      assert.ok(longest < 0.01, `${longest} s`);
      await page.emulateMedia({ reducedMotion: null });
    });
  });
});

run();

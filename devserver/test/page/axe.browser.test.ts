import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { views } from "../../page/src/place.ts";
import { seriousIn } from "./support/axe.ts";
import { browserSuite } from "./support/browser.ts";
import { busy, greeterName, settled } from "./support/busy.ts";
import { goTo, rowOf, table } from "./support/page-parts.ts";

const { test, open, run } = browserSuite("axe finds nothing serious");

test("in any view", async () => {
  await busy(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      for (const view of views) {
        await goTo(page, view);
        await settled(page, view);
        assert.equal(await seriousIn(page), [], view);
      }
    });
  });
});

test("in what opens", async () => {
  await busy(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      await table(page).getByRole("button", { name: greeterName }).click();
      const panel = page.getByRole("complementary", { name: greeterName });
      for (const tab of await panel.getByRole("tab").all()) {
        await tab.click();
        assert.equal(await seriousIn(page), [], String(await tab.textContent()));
      }
      await panel.getByRole("tab").first().click();
      await panel.getByRole("button", { name: /^Say\.Hello/ }).click();
      assert.equal(await seriousIn(page), [], "a form");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      assert.equal(await seriousIn(page), [], "the help");
      await page.keyboard.press("Escape");
      await openCall(page);
      assert.equal(await seriousIn(page), [], "a call");
    });
  });
});

// A theme changes colours alone.
test("in the dark", async () => {
  const colours = ["color-contrast"];
  await busy(async ({ hub }) => {
    await open(
      hub.pageUrl,
      async ({ page }) => {
        for (const view of ["graph", "services", "events"]) {
          await goTo(page, view);
          await settled(page, view);
          if (view === "events") await rowOf(page, "it failed here").first().getByRole("button").click();
          assert.equal(await seriousIn(page, colours), [], view);
        }
        await openCall(page);
        assert.equal(await seriousIn(page, colours), [], "a call");
        await page.getByRole("complementary").getByRole("button", { name: "go.micro.srv.front" }).first().click();
        await page.getByRole("complementary", { name: "go.micro.srv.front" }).waitFor();
        assert.equal(await seriousIn(page, colours), [], "a panel");
      },
      { colorScheme: "dark" },
    );
  });
});

test("on a phone, and before anything is known", async () => {
  await busy(async ({ hub, port }) => {
    const viewport = { width: 390, height: 844 };
    await open(
      hub.pageUrl,
      async ({ page }) => {
        await settled(page, "graph");
        assert.equal(await seriousIn(page), [], "graph");
        await goTo(page, "services");
        assert.equal(await seriousIn(page), [], "services");
        await table(page).getByRole("button", { name: greeterName }).click();
        await page.getByRole("complementary", { name: greeterName }).waitFor();
        assert.equal(await seriousIn(page), [], "a panel");
      },
      { viewport },
    );
    await open(`http://localhost:${port}/`, async ({ page }) => {
      await page.getByRole("heading", { name: "This address has no token" }).waitFor();
      assert.equal(await seriousIn(page), [], "no token");
    });
  });
});

async function openCall(page: Page): Promise<void> {
  await goTo(page, "calls");
  await page
    .getByRole("main")
    .getByRole("button", { name: /front Front\.Hello/ })
    .first()
    .click();
  await page.getByRole("complementary", { name: "Call of Front.Hello" }).waitFor();
}

run();

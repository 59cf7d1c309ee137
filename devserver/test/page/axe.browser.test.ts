import * as assert from "uvu/assert";
import { views } from "../../page/src/place.ts";
import { seriousIn } from "./support/axe.ts";
import { browserSuite } from "./support/browser.ts";
import { busy, greeterName, settled } from "./support/busy.ts";
import { goTo, rowOf, table } from "./support/page-parts.ts";

const { test, open, run } = browserSuite("axe finds nothing serious");

// A theme changes colours alone.
const themes = { light: undefined, dark: ["color-contrast"] } as const;

for (const colorScheme of ["light", "dark"] as const) {
  const rules = themes[colorScheme];
  test(`in any view, ${colorScheme}`, async () => {
    await busy(async ({ hub }) => {
      await open(
        hub.pageUrl,
        async ({ page }) => {
          for (const view of views) {
            await goTo(page, view);
            await settled(page, view);
            assert.equal(await seriousIn(page, rules), [], view);
          }
        },
        { colorScheme },
      );
    });
  });

  test(`in what opens, ${colorScheme}`, async () => {
    await busy(async ({ hub }) => {
      await open(
        hub.pageUrl,
        async ({ page }) => {
          await goTo(page, "services");
          await table(page).getByRole("button", { name: greeterName }).click();
          const panel = page.getByRole("complementary", { name: greeterName });
          for (const tab of await panel.getByRole("tab").all()) {
            await tab.click();
            assert.equal(await seriousIn(page, rules), [], String(await tab.textContent()));
          }
          await panel.getByRole("tab").first().click();
          await panel.getByRole("button", { name: /^Say\.Hello/ }).click();
          assert.equal(await seriousIn(page, rules), [], "a form");
          await page.keyboard.press("?");
          await page.getByRole("dialog", { name: "Keys" }).waitFor();
          assert.equal(await seriousIn(page, rules), [], "the help");
          await page.keyboard.press("Escape");
          await goTo(page, "events");
          await rowOf(page, "it failed here").first().getByRole("button").click();
          await page.getByRole("region", { name: "Where it failed" }).waitFor();
          assert.equal(await seriousIn(page, rules), [], "an event");
          await goTo(page, "calls");
          await page
            .getByRole("main")
            .getByRole("button", { name: /front Front\.Hello/ })
            .first()
            .click();
          await page.getByRole("complementary", { name: "Call of Front.Hello" }).waitFor();
          assert.equal(await seriousIn(page, rules), [], "a call");
        },
        { colorScheme },
      );
    });
  });
}

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

run();

import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { views } from "../../page/src/place.ts";
import { type Served, withHub } from "../support/hub.ts";
import { front, greeter } from "../support/observed.ts";
import { seriousIn } from "./support/axe.ts";
import { browserSuite } from "./support/browser.ts";
import { devService } from "./support/fleet.ts";
import { goTo, rowOf, table } from "./support/page-parts.ts";
import { notReachedByTab } from "./support/tab-order.ts";

const { test, open, run } = browserSuite("everybody can use the page");

const greeterName = "go.micro.srv.greeter";

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious in any view, ${colorScheme}`, async () => {
    await busy(async ({ hub }) => {
      await open(
        hub.pageUrl,
        async ({ page }) => {
          for (const view of views) {
            await goTo(page, view);
            await settled(page, view);
            assert.equal(await seriousIn(page), [], view);
          }
        },
        { colorScheme },
      );
    });
  });

  test(`axe finds nothing serious in what opens, ${colorScheme}`, async () => {
    await busy(async ({ hub }) => {
      await open(
        hub.pageUrl,
        async ({ page }) => {
          await goTo(page, "services");
          await table(page).getByRole("button", { name: greeterName }).click();
          await page.getByRole("complementary", { name: greeterName }).waitFor();
          assert.equal(await seriousIn(page), [], "a panel");
          await page.keyboard.press("?");
          await page.getByRole("dialog", { name: "Keys" }).waitFor();
          assert.equal(await seriousIn(page), [], "the help");
          await page.keyboard.press("Escape");
          await goTo(page, "events");
          await rowOf(page, "it failed here").first().getByRole("button").click();
          await page.getByRole("region", { name: "Where it failed" }).waitFor();
          assert.equal(await seriousIn(page), [], "an event");
        },
        { colorScheme },
      );
    });
  });
}

test("axe finds nothing serious on a phone, and before anything is known", async () => {
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

/** A hub to which everything has happened that the page shows, and nothing happens any more. */
async function busy(run: (served: Served) => Promise<void>): Promise<void> {
  await withHub({ services: [greeter, front] }, async (served) => {
    const { host } = served;
    const { client } = host.kernel;
    host.services = [devService(greeterName), devService("go.micro.srv.front", "it failed here")];
    for (let n = 0; n < 3; n++) await client.call("go.micro.srv.front", "Front.Hello", { name: "John" });
    await client.call(greeterName, "Say.Fail", {}).catch(() => {});
    for await (const _ of client.stream(greeterName, "Say.Count", { to: 3 }));
    const frame = { file: "/project/front.ts", line: 3, column: 1, excerpt: "> 3 | x y;\n    | ^" };
    host.events.emit({
      ...{ type: "swapped", service: greeterName, revision: 1, files: ["/project/greeter.ts"], transformMs: 2 },
      ...{ startMs: 1, swapMs: 0.1, totalMs: 4, inFlight: 0, announced: false },
    });
    host.events.emit({ type: "log", level: "warn", service: greeterName, text: "a log" });
    host.events.emit({
      ...{ type: "failed", phase: "build", service: "go.micro.srv.front", file: frame.file },
      ...{ message: "it failed here", frame, stack: "Error: it failed here\n    at front.ts:3" },
    });
    host.events.emit({
      ...{ type: "types", ms: 5 },
      problems: [{ file: "/project/a.ts", line: 1, column: 2, code: "TS2322", message: "Type 'a' is not 'b'." }],
    });
    await run(served);
  });
}

/** Waits until a view shows what happened. */
async function settled(page: Page, view: string): Promise<void> {
  const main = page.getByRole("main", { name: view });
  await (view === "graph"
    ? main
        .getByRole("button", { name: /greeter/ })
        .first()
        .waitFor()
    : main
        .getByText(/greeter/)
        .first()
        .waitFor());
}

run();

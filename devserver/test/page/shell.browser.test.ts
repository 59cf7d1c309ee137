import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { publishedPageScript } from "../../../scripts/lib/page-script.mjs";
import { type Served, withHub } from "../support/hub.ts";
import { browserSuite, untilInPage } from "./support/browser.ts";
import { devService } from "./support/fleet.ts";
import { goTo, sees } from "./support/page-parts.ts";

const { test, open, run } = browserSuite("the frame of the page");

const main = (page: Page) => page.getByRole("main");
const theme = (page: Page): Promise<string | undefined> => page.evaluate(() => document.documentElement.dataset.theme);

test("an address without a token says which one to open, and nothing is asked for", async () => {
  await withHub({}, async ({ port }) => {
    await open(`http://127.0.0.1:${port}/`, async ({ page }) => {
      await main(page).getByRole("heading", { name: "This address has no token" }).waitFor();
      await main(page).getByText("Open the address that micro dev prints").waitFor();
      await page.getByRole("status").getByText("No token").waitFor();
    });
  });
});

test("an address of an earlier start says that micro dev does not answer, and what to do", async () => {
  await withHub({}, async ({ port }) => {
    await open(`http://127.0.0.1:${port}/#${"A".repeat(22)}`, async ({ page, troubles }) => {
      await main(page).getByRole("heading", { name: "micro dev does not answer" }).waitFor();
      await main(page).getByText("every start has a token of its own").waitFor();
      // Chromium writes of every WebSocket that is refused.
      for (const trouble of troubles.splice(0)) assert.match(trouble, /WebSocket connection .* failed/);
      await page.goto("about:blank");
    });
  });
});

test("the token goes from the address bar, and a reload goes on with it", async () => {
  await withHub({}, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await live(page);
      assert.is(new URL(page.url()).hash, "");
      await goTo(page, "services");
      await page.reload();
      await live(page);
      await page.getByRole("main", { name: "services" }).waitFor();
    });
  });
});

test("the script as it is published shows the same", async () => {
  const body = await publishedPageScript();
  await withHub({}, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await page.route("**/page.js", (route) => route.fulfill({ body, contentType: "text/javascript" }));
      await page.reload();
      await live(page);
      await page
        .getByRole("main", { name: "graph" })
        .getByRole("button", { name: /^greeter, / })
        .waitFor();
      await goTo(page, "services");
      await page.getByRole("row", { name: "go.micro.srv.greeter" }).waitFor();
    });
  });
});

test("a lost connection is said, what is shown stays, and it comes back by itself", async () => {
  await withHub({}, async ({ hub }) => {
    await open(
      hub.pageUrl,
      async ({ page }) => {
        await goTo(page, "services");
        const row = page.getByRole("row", { name: "go.micro.srv.greeter" });
        await row.waitFor();
        await page.evaluate(() => (globalThis as unknown as { opened: WebSocket[] }).opened[0]?.close());
        await page.getByText("The connection is lost.").waitFor();
        await untilInPage(page, "the title tells it", () => document.title.includes("not connected"), 0);
        assert.ok(await row.isVisible());
        await page.getByText("The connection is lost.").waitFor({ state: "hidden" });
        await live(page);
      },
      { first: keepSockets },
    );
  });
});

function keepSockets(): void {
  const opened: WebSocket[] = [];
  Object.assign(globalThis, { opened });
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      opened.push(this);
    }
  };
}

test("the theme goes round, and is kept", async () => {
  await withHub({}, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await live(page);
      await sees(() => theme(page), undefined);
      await page.getByRole("button", { name: "Theme: auto. Change to light" }).click();
      await sees(() => theme(page), "light");
      await page.getByRole("button", { name: "Theme: light. Change to dark" }).click();
      await page.reload();
      await live(page);
      await sees(() => theme(page), "dark");
      const back = await page.evaluate(() => getComputedStyle(document.body).colorScheme);
      assert.is(back, "dark");
    });
  });
});

test("keys lead to the views and to the search, and do nothing while something is written", async () => {
  await withHub({}, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await live(page);
      const keys = { s: "services", i: "instances", t: "traffic", c: "calls", e: "events", g: "graph" };
      for (const [key, view] of Object.entries(keys)) {
        await page.keyboard.press("g");
        await page.keyboard.press(key);
        await page.getByRole("main", { name: view }).waitFor();
      }
      await goTo(page, "services");
      await page.keyboard.press("/");
      const filter = page.getByRole("searchbox", { name: "Filter services" });
      await untilInPage(
        page,
        "the filter has the focus",
        () => document.activeElement?.matches("[type=search]") === true,
        0,
      );
      await page.keyboard.type("gi?/");
      await sees(() => filter.inputValue(), "gi?/");
      assert.is(await page.getByRole("dialog").count(), 0);
      await page.getByRole("main", { name: "services" }).waitFor();
    });
  });
});

test("? opens the list of keys, which keeps the focus, and gives it back when it closes", async () => {
  await withHub({}, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await live(page);
      const reload = page.getByRole("button", { name: "Reload all services" });
      await reload.focus();
      await page.keyboard.press("?");
      const dialog = page.getByRole("dialog", { name: "Keys" });
      await dialog.waitFor();
      await sees(() => dialog.evaluate((element) => element.contains(document.activeElement)), true);
      // Keys of the page do nothing below it.
      await page.keyboard.press("g");
      await page.keyboard.press("s");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      await page.getByRole("main", { name: "graph" }).waitFor();
      await sees(() => reload.evaluate((element) => element === document.activeElement), true);
    });
  });
});

test("a button reloads all services", async () => {
  await withHub({}, async ({ hub, host }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await live(page);
      await page.getByRole("button", { name: "Reload all services" }).click();
      await page.getByText("All services were built again").waitFor({ state: "attached" });
      assert.equal(host.reloaded, [undefined]);
    });
  });
});

test("the title and the views tell how much fails", async () => {
  await withHub({}, async (served) => {
    await open(served.hub.pageUrl, async ({ page }) => {
      await live(page);
      served.host.services = [devService("a", "no")];
      await untilInPage(page, "the title tells it", () => document.title.startsWith("(1 failing)"), 0);
      await page.getByRole("link", { name: "events 1 failing" }).waitFor();
      served.host.services = [devService("a")];
      await untilInPage(page, "the title tells no more", () => document.title === "micro dev", 0);
    });
  });
});

test("what happens is spoken: the first at once", async () => {
  await withHub({}, async (served) => {
    await open(served.hub.pageUrl, async ({ page }) => {
      await live(page);
      tell(served, "no such method");
      await page.locator("[aria-live=polite]").getByText("a failed: no such method").waitFor({ state: "attached" });
    });
  });
});

test("at the width of a phone nothing is wider than the page, and a panel covers all until it is closed", async () => {
  await withHub({}, async (served) => {
    tell(served, "a message that is long ".repeat(20));
    await open(
      served.hub.pageUrl,
      async ({ page }) => {
        await live(page);
        for (const view of ["graph", "services", "instances", "traffic", "calls", "events"]) {
          await goTo(page, view);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= 390, `${view} is ${width} wide`);
        }
        await goTo(page, "services");
        await page.getByRole("button", { name: "go.micro.srv.greeter" }).click();
        const panel = page.getByRole("complementary");
        await panel.waitFor();
        await sees(() => panel.boundingBox(), { x: 0, y: 0, width: 390, height: 844 });
        await sees(() => page.locator("main").getAttribute("inert"), "");
        await page.keyboard.press("Escape");
        await panel.waitFor({ state: "hidden" });
        await sees(() => page.locator("main").getAttribute("inert"), null);
      },
      { viewport: { width: 390, height: 844 } },
    );
  });
});

async function live(page: Page): Promise<void> {
  await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
}

function tell({ host }: Served, message: string): void {
  const nothing = { file: undefined, frame: undefined, stack: undefined };
  host.events.emit({ type: "failed", phase: "run", service: "a", message, ...nothing });
}

run();

import { createMemoryNetwork, defineService, MemoryRegistry, MicroError } from "@micro/kernel";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { views } from "../../page/src/place.ts";
import { type Served, withHub } from "../support/hub.ts";
import { browserSuite, untilInPage } from "./support/browser.ts";
import { devService } from "./support/fleet.ts";
import { goTo, table } from "./support/page-parts.ts";

const { test, open, run } = browserSuite("what others say is text");

const image = "<img src=x onerror=pwned()>";
const hostile = [
  image,
  "</script><script>pwned()</script>",
  "javascript:pwned()",
  "{{constructor.constructor('pwned()')()}}",
  '"><svg onload=pwned()>',
  "\u202Egnp.exe\u2066",
  "\u001b[31mred\u001b]8;;http://elsewhere.example\u0007link",
  "__proto__",
  "constructor",
  "toString",
  "😀👩‍👩‍👧‍👦\u0000\uFFFF",
  "x".repeat(10_000),
  "a\nb\tc",
  "] #x[data-node='",
];

test("from the registry, of calls, and of events", async () => {
  await attacked(async ({ hub, host }) => {
    await open(hub.pageUrl, async ({ page }) => {
      for (const view of views) {
        await goTo(page, view);
        await untilInPage(page, `text in ${view}`, showsImageText, image);
        await isHarmless(page, view);
      }
      assert.is(await page.title(), `(${hostile.length} failing) micro dev`);
      for (const { name } of host.services.slice(0, 9)) {
        await page.evaluate((service) => {
          location.hash = `#/services?${new URLSearchParams({ service })}`;
        }, name);
        await page.getByRole("complementary").waitFor();
        await isHarmless(page, `the panel of ${name}`);
        await throughTabs(page);
        await isHarmless(page, `the tabs of ${name}`);
      }
    });
  });
});

test("in the details of events and in searches", async () => {
  await attacked(async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "events");
      const folded = table(page).locator("button[aria-expanded=false]");
      await folded.first().waitFor();
      for (let at = Math.min(12, await folded.count()); at > 0; at--) await folded.first().click();
      await isHarmless(page, "details");
      for (const view of views) {
        await goTo(page, view);
        const search = page.getByRole("main").getByRole("searchbox").first();
        for (const text of hostile.slice(0, 9)) await search.fill(text.replaceAll("\n", " "));
        await isHarmless(page, `the search of ${view}`);
        await search.fill("");
      }
    });
  });
});

test("in calls and their bodies", async () => {
  await attacked(async ({ hub, observer }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "calls");
      await untilInPage(page, "calls", showsImageText, image);
      for (const { id } of [...observer.calls.values()].slice(0, 6)) {
        await page.evaluate((call) => {
          location.hash = `#/calls?${new URLSearchParams({ call })}`;
        }, id);
        await page.getByRole("complementary").waitFor();
        await isHarmless(page, `a call ${id}`);
      }
    });
  });
});

test("in the address", async () => {
  await withHub({}, async ({ hub }) => {
    await open(hub.pageUrl, async ({ page }) => {
      await goTo(page, "services");
      for (const text of hostile.slice(0, 11)) {
        for (const key of ["service", "call", "window", "view"]) {
          await page.evaluate((query) => {
            location.hash = `#/services?${query}`;
          }, new URLSearchParams({ [key]: text }).toString());
          await page.getByRole("main", { name: "services" }).waitFor();
        }
        await isHarmless(page, text);
      }
      await page.evaluate(() => {
        location.hash = "#/__proto__";
      });
      await page.getByRole("main", { name: "graph" }).waitFor();
    });
  });
});

/** A hub to which hostile texts came by every way there is. */
async function attacked(run: (served: Served) => Promise<void>): Promise<void> {
  const network = createMemoryNetwork();
  const registry = new MemoryRegistry(network);
  for (const [at, text] of hostile.entries()) {
    const metadata = { [text.slice(0, 20)]: text };
    const nodes = [{ id: `${text}-${at}`, address: text.slice(0, 50), metadata }];
    const shape = { name: text, type: text, values: [{ name: text, type: text, values: null }] };
    const endpoints = [{ name: text, metadata, request: shape, response: shape }];
    // A registry may refuse some of them.
    await registry.register({ name: text, version: text, metadata, endpoints, nodes }).catch(() => {});
  }
  const echo = defineService({
    name: image.replace(/[^\w.]/g, ""),
    handlers: {
      Say: {
        Back: (input: unknown) => input,
        Fail: ({ text }: { text: string }) => {
          throw new MicroError(text.slice(0, 50), 400, text);
        },
      },
    },
  });
  await withHub({ network, services: [echo] }, async (served) => {
    const { host, observer } = served;
    host.services = hostile.map((text) => ({ ...devService(text, text), file: text, version: text }));
    for (const text of hostile) {
      await host.kernel.client.call(echo.name, "Say.Back", { [text.slice(0, 99)]: text }).catch(() => {});
      await host.kernel.client.call(echo.name, "Say.Fail", { text }).catch(() => {});
      observer.traffic.edge("call", text, text, text).ended(observer.now(), 5, true);
      observer.traffic.edge("deliver", text, echo.name, "").ended(observer.now(), 5, false);
      const frame = { file: text, line: 1, column: 1, excerpt: text };
      host.events.emit({ type: "failed", phase: "run", service: text, file: text, message: text, frame, stack: text });
      host.events.emit({ type: "log", level: "info", service: text, text: `${text}\n${text}` });
      host.events.emit({ type: "types", ms: 1, problems: [{ ...frame, code: text, message: text }] });
    }
    await run(served);
  });
}

function showsImageText(text: string): boolean {
  return document.querySelector("main")?.textContent?.includes(text) === true;
}

/** Opens each tab of the panel. */
async function throughTabs(page: Page): Promise<void> {
  for (const tab of await page.getByRole("complementary").getByRole("tab").all()) await tab.click();
}

async function isHarmless(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => {
    const strange = "img, image, iframe, object, embed, foreignObject, base, form[action], a[href^='javascript:' i]";
    const made = [...document.querySelectorAll(`${strange}, script:not([src='/page.js'])`)];
    const handlers = [...document.querySelectorAll("*")].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith("on")),
    );
    const ways = [...document.querySelectorAll("a[href]")].filter(
      (element) => new URL((element as HTMLAnchorElement).href).origin !== location.origin,
    );
    return {
      elements: [...made, ...handlers, ...ways].map((element) => element.outerHTML.slice(0, 200)),
      isPolluted: Object.keys(Object.prototype).length > 0 || "pwned" in globalThis,
    };
  });
  assert.equal(found, { elements: [], isPolluted: false }, where);
}

run();

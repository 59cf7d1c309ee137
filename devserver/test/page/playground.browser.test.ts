import type { Locator, Page } from "playwright-core";
import { browserSuite } from "./support/browser.ts";
import { goTo, rowOf, sees, table } from "./support/page-parts.ts";
import { Playground } from "./support/playground.ts";

const { test, around, open, run } = browserSuite("the page shows the playground as it runs");

const services = ["catalog", "greeter", "guests", "mail", "orders", "payments", "prices", "statistics", "warehouse"];
const nameOf = (service: string): string => `go.micro.srv.${service}`;

let shop: Playground;
around(
  async () => {
    shop = await Playground.start("--shopper_interval=150ms");
  },
  async () => shop.close(),
);

test("all services stand in the tables, and who calls whom", async () => {
  await open(shop.url, async ({ page }) => {
    await goTo(page, "services");
    for (const service of services) await rowOf(page, nameOf(service)).waitFor();
    await goTo(page, "instances");
    for (const service of services) await rowOf(page, nameOf(service)).waitFor();
    await goTo(page, "traffic");
    await rowOf(page, "orders calls go.micro.srv.payments Payments.Charge").waitFor();
    await rowOf(page, "topic.orders delivers to go.micro.srv.statistics").waitFor();
    await goTo(page, "events");
    await rowOf(page, "thank you order=").first().waitFor();
  });
});

test("an edit on disk shows as a swap", async () => {
  await open(shop.url, async ({ page }) => {
    await goTo(page, "services");
    await rowOf(page, nameOf("mail")).waitFor();
    const text = await shop.read("shop/services/mail.ts");
    await shop.write("shop/services/mail.ts", text.replace("thank you", "many thanks"));
    await rowOf(page, nameOf("mail")).getByRole("cell", { name: "1", exact: true }).nth(1).waitFor();
    await goTo(page, "events");
    await rowOf(page, "swapped go.micro.srv.mail revision 1").first().waitFor();
    await rowOf(page, "many thanks order=").first().waitFor();
    await page.locator("[aria-live=polite]").getByText("mail swapped, revision 1").waitFor({ state: "attached" });
  });
});

test("a syntax error shows, in the title too, and goes when it is mended", async () => {
  await open(shop.url, async ({ page }) => {
    await goTo(page, "services");
    await rowOf(page, nameOf("warehouse")).waitFor();
    const text = await shop.read("shop/services/warehouse.ts");
    await shop.write("shop/services/warehouse.ts", `${text}\nx y;\n`);
    await rowOf(page, `${nameOf("warehouse")} ✕ failing`).waitFor();
    await page.waitForFunction(() => document.title.includes("1 failing"));

    await goTo(page, "events");
    await rowOf(page, 'Expected ";" but found "y"').getByRole("button").click();
    await table(page).locator(".excerpt").getByText("x y;").first().waitFor();

    await shop.write("shop/services/warehouse.ts", text);
    // The rows stand still while the focus is among them.
    await page.getByRole("button", { name: /^Show \d+ new$/ }).click();
    await goTo(page, "services");
    await rowOf(page, `${nameOf("warehouse")} ● up`).waitFor();
    await goTo(page, "events");
    await rowOf(page, "recovered go.micro.srv.warehouse").waitFor();
    await page.waitForFunction(() => !document.title.includes("failing"));
  });
});

test("the graph draws all services, and every line says who calls whom", async () => {
  await open(shop.url, async ({ page }) => {
    const graph = page.getByRole("main", { name: "graph" });
    for (const service of services) {
      await graph.getByRole("button", { name: new RegExp(`^${service}, 1 instance up, .* per second`) }).waitFor();
    }
    for (const line of ["outside calls catalog", "orders calls payments", "prices calls catalog"]) {
      const name = new RegExp(`^${line}, .* per second, half within .* ms`);
      await graph.getByRole("img", { name }).waitFor();
    }
  });
});

test("arrow keys follow the lines of the graph, Enter opens a service, Escape gives the focus back", async () => {
  await open(shop.url, async ({ page }) => {
    const graph = page.getByRole("main", { name: "graph" });
    const card = (name: string) =>
      graph.getByRole("button", { name: new RegExp(`^${name}, 1 instance up, .* per second`) });
    await graph.getByRole("img", { name: "prices calls catalog" }).waitFor();
    await card("prices").focus();
    await page.keyboard.press("ArrowRight");
    await hasFocus(card("catalog"));
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: nameOf("catalog") });
    await panel.waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    await hasFocus(card("catalog"));
  });
});

test("an error covers what it concerns until it is mended", async () => {
  await open(shop.url, async ({ page }) => {
    await page.getByRole("main", { name: "graph" }).waitFor();
    const text = await shop.read("shop/services/prices.ts");
    await shop.write("shop/services/prices.ts", `${text}\nx y;\n`);
    const overlay = page.getByRole("article").filter({ hasText: "does not build" });
    await overlay.getByText('Expected ";" but found "y"').waitFor();
    await overlay.getByText("x y;").waitFor();
    await shop.write("shop/services/prices.ts", text);
    await overlay.waitFor({ state: "hidden" });
  });
});

test("a call from the form answers, and one that fails says why", async () => {
  await open(shop.url, async ({ page }) => {
    const form = await formOf(page, "catalog", "Items.Get");
    await form.getByRole("textbox", { name: "Request as JSON" }).fill('{ "sku": "tea" }');
    await form.getByRole("button", { name: /^Call/ }).press("Enter");
    await form.getByRole("region", { name: "Answer" }).getByText("Green tea, 100 g").waitFor();
    await form.getByRole("textbox", { name: "Request as JSON" }).fill('{ "sku": "car" }');
    await form.getByRole("textbox", { name: "Request as JSON" }).press("Control+Enter");
    await form.getByText('nothing here is called "car"').waitFor();
  });
});

test("a method with a schema has a field for each of its parts", async () => {
  await open(shop.url, async ({ page }) => {
    const form = await formOf(page, "greeter", "Say.Hello");
    await form.getByRole("textbox", { name: "name" }).fill("Ada");
    await form.getByRole("button", { name: /^Call/ }).click();
    await form.getByRole("region", { name: "Answer" }).getByText(/Ada/).first().waitFor();
  });
});

test("a stream streams until it ends", async () => {
  await open(shop.url, async ({ page }) => {
    const form = await formOf(page, "prices", "Prices.Watch");
    await form.getByRole("textbox", { name: "Request as JSON" }).fill('{ "sku": "pot", "times": 3 }');
    await form.getByRole("button", { name: /^Open/ }).click();
    await form.getByText("↑ 1 sent, ↓ 3 came").waitFor();
    await form.getByText("✓ ended").waitFor();
    await sees(() => form.getByRole("list", { name: "Items" }).getByRole("listitem").count(), 4);
  });
});

test("a call's way is drawn as a waterfall and on the graph, it can be replayed, and becomes a test", async () => {
  await open(shop.url, async ({ page }) => {
    await goTo(page, "calls");
    await page.getByRole("searchbox", { name: "Filter calls" }).fill("Orders.Place");
    await page
      .getByRole("main")
      .getByRole("button", { name: / 200 go\.micro\.srv\.orders Orders\.Place/ })
      .first()
      .click();
    const call = page.getByRole("complementary", { name: "Call of Orders.Place" });
    for (const row of [
      /^orders Orders\.Place/,
      /^prices Prices\.Now/,
      /^payments Payments\.Charge/,
      /^warehouse Stock/,
    ]) {
      await call.getByRole("button", { name: row }).waitFor();
    }

    await call.getByRole("button", { name: /Replay$/ }).click();
    await call.getByRole("columnheader", { name: "captured" }).or(call.getByText("was declined")).first().waitFor();

    await call.getByRole("button", { name: "Export as test" }).click();
    await call.getByText('const method = "Orders.Place";').waitFor();
    await call.getByRole("heading", { name: /^test\/orders-place-.*\.test\.ts$/ }).waitFor();

    await goTo(page, "graph");
    // Six calls at least: to orders, and from there to four services and a topic.
    await page.locator(".drawing .steps").nth(4).waitFor();
    await sees(async () => (await page.locator(".drawing .link.shown").count()) >= 5, true);
    await page.locator(".drawing .link.dim").first().waitFor();
  });
});

/** Opens the panel of a service and the form of one of its methods. */
async function formOf(page: Page, service: string, method: string): Promise<Locator> {
  await goTo(page, "services");
  await table(page)
    .getByRole("button", { name: nameOf(service), exact: true })
    .click();
  const panel = page.getByRole("complementary", { name: nameOf(service) });
  const form = panel.getByRole("form", { name: method });
  await panel.getByRole("button", { name: method }).waitFor();
  if ((await form.count()) === 0) await panel.getByRole("button", { name: method }).click();
  await form.waitFor();
  return form;
}

async function hasFocus(part: Locator): Promise<void> {
  await sees(() => part.evaluate((element) => element === document.activeElement), true);
}

run();

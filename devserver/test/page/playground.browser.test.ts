import { browserSuite } from "./support/browser.ts";
import { goTo, rowOf, table } from "./support/page-parts.ts";
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
    await table(page).getByRole("region", { name: "Where it failed" }).getByText("x y;").waitFor();

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

run();

import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./support/find-chromium.ts";
import { Playground } from "./support/playground.ts";

const limitMs = 60_000;
/** Of calls, so that the windows of ten seconds are full and the timeline shows something. */
const playMs = 45_000;
const maxBytes = 300_000;

/** Takes pictures of the page while it shows the playground, light and dark, into a folder. */
export async function takeScreenshots(folder: string): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium: apt-get install chromium");

  await mkdir(folder, { recursive: true });
  const shop = await Playground.start("--shopper_interval=250ms");
  const browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  try {
    await play(shop);
    for (const colorScheme of ["light", "dark"] as const) await take(browser, shop.url, colorScheme, folder);
  } finally {
    await browser.close();
    await shop.close();
  }
}

/** Lets shoppers shop, and edits a service meanwhile. */
async function play(shop: Playground): Promise<void> {
  await pause(playMs / 2);
  const file = "shop/services/mail.ts";
  await shop.write(file, (await shop.read(file)).replace("thank you", "many thanks"));
  await shop.prints(/^swapped /m);
  await pause(playMs / 2);
}

async function take(browser: Browser, url: string, colorScheme: "light" | "dark", folder: string): Promise<void> {
  const viewport = { width: 1280, height: 800 };
  const page = await browser.newPage({ viewport, deviceScaleFactor: 1.5, colorScheme, reducedMotion: "reduce" });
  page.setDefaultTimeout(limitMs);
  await page.goto(url);
  const path = join(folder, `topology-${colorScheme}.png`);
  try {
    await page.getByRole("img", { name: /^orders calls payments, / }).waitFor();
    await page.getByRole("region", { name: "Timeline" }).getByText(/\d\/s/).waitFor();
  } finally {
    await page.screenshot({ path });
    await page.close();
  }
  const { size } = await stat(path);
  console.log(`${path}: ${Math.round(size / 1000)} KB`);
  if (size >= maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes, which is the most for a README`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { within } from "@micro/kernel/testing";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Callback, suite } from "uvu";
import * as assert from "uvu/assert";
import { findChromium } from "./find-chromium.ts";

/** How long anything in a browser may take: generous, because two cores may have much else to do. */
export const patienceMs = 25_000;

/** A page of a browser, and what went wrong in it. */
export interface Opened {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, dialogs, and requests to anybody but the server of the page. */
  readonly troubles: string[];
}

/** How a page is looked at. */
export interface Look {
  /** Default 1280 by 800. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Default light. */
  readonly colorScheme?: "light" | "dark";
  /** Runs in the page before its script. */
  readonly first?: () => void;
}

/** Tests with one browser for the file. Without Chromium they are skipped, which is said. */
export interface BrowserSuite {
  readonly test: (name: string, run: Callback) => void;
  /** Is called before the first test and after the last one, where there is a browser. */
  readonly around: (before: () => Promise<void>, after: () => Promise<void>) => void;
  /** Opens an address, and says in the end that nothing went wrong in it. */
  open(url: string, run: (opened: Opened) => Promise<void>, look?: Look): Promise<void>;
  run(): void;
}

/** Makes a suite whose tests need a browser. */
export function browserSuite(name: string): BrowserSuite {
  const tests = suite(name);
  const executablePath = findChromium();
  let browser: Browser | undefined;
  let page: Page | undefined;
  const troubles: Troubles = { host: "", texts: [] };
  if (executablePath === undefined) console.log("SKIP no Chromium: apt-get install chromium");
  else {
    tests.before(async () => {
      browser = await chromium.launch({ executablePath, args: chromiumArgs, timeout: patienceMs });
    });
    tests.after(async () => {
      await within(patienceMs, "the end of the browser", browser?.close() ?? Promise.resolve());
    });
  }
  return {
    test: executablePath === undefined ? () => tests.skip() : (what, run) => tests(what, run),
    around: (before, after) => {
      if (executablePath === undefined) return;
      tests.before(before);
      tests.after(after);
    },
    open: async (url, run, look) => {
      if (browser === undefined) throw new Error("the browser was not started");
      // One page for all tests, because making one takes longest; every server has a port, so an origin, of its own.
      page ??= await newPage(browser, troubles);
      await opened(look?.first === undefined ? page : await newPage(browser, troubles), troubles, url, run, look);
    },
    run: () => tests.run(),
  };
}

// Nothing but the page under test is to use the network or the processor.
const chromiumArgs = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** What went wrong, and the host that may be asked. */
interface Troubles {
  host: string;
  texts: string[];
}

async function newPage(browser: Browser, troubles: Troubles): Promise<Page> {
  const context = await browser.newContext();
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  watch(page, troubles);
  return page;
}

async function opened(
  page: Page,
  troubles: Troubles,
  url: string,
  run: (opened: Opened) => Promise<void>,
  { viewport = { width: 1280, height: 800 }, colorScheme = "light", first }: Look = {},
): Promise<void> {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  if (first !== undefined) await page.addInitScript(first);
  const texts: string[] = [];
  Object.assign(troubles, { host: new URL(url).host, texts });
  try {
    await page.goto(url);
    await run({ page, troubles: texts });
    assert.equal(texts, []);
  } catch (error) {
    // What the page itself complained of is most often the reason.
    if (texts.length > 0) throw new Error(`${String(error)}\nin the page: ${texts.join("\n")}`, { cause: error });
    throw error;
  } finally {
    troubles.texts = [];
    await within(patienceMs, "the end of the page", page.goto("about:blank"));
  }
}

function watch(page: Page, troubles: Troubles): void {
  const note = (text: string): void => void troubles.texts.push(text);
  page.on("console", (message) => {
    // Chromium asks every server for an icon, and complains where there is none.
    const isIcon = message.location().url.endsWith("/favicon.ico");
    if (["error", "warning"].includes(message.type()) && !isIcon) note(message.text());
  });
  page.on("pageerror", (error) => note(String(error.stack ?? error)));
  page.on("dialog", (dialog) => {
    note(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "about:" && host !== troubles.host) note(`a request to ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== troubles.host) note(`a WebSocket to ${socket.url()}`);
  });
}

/** Waits until a function, called in the page again and again, says yes. */
export async function untilInPage<Arg>(
  page: Page,
  what: string,
  isTrue: (arg: Arg) => boolean,
  arg: Arg,
): Promise<void> {
  await page
    .waitForFunction(isTrue as (arg: unknown) => boolean, arg, { timeout: patienceMs })
    .catch((error: unknown) => {
      throw new Error(`${what}: not within ${patienceMs} ms`, { cause: error });
    });
}

import { eventually } from "@micro/kernel/testing";
import type { CDPSession, Page } from "playwright-core";
import * as assert from "uvu/assert";
import { withHub } from "../support/hub.ts";
import { browserSuite, patienceMs, untilInPage } from "./support/browser.ts";
import { callAlongEdges, fleetOf, nameOf } from "./support/fleet.ts";
import { goTo, rowOf } from "./support/page-parts.ts";

const { test, open, run } = browserSuite("the page with much to show");

test("200 services and 400 edges are drawn, and it stays responsive while all of them change", async () => {
  await withHub({ network: await fleetOf(200), limits: { tickMs: 100 } }, async ({ hub, observer }) => {
    callAlongEdges(observer, 400, 200);
    await open(hub.pageUrl, async ({ page }) => {
      const cards = page.getByRole("main", { name: "graph" }).getByRole("button", { name: /^s\d{3}/ });
      await cards.nth(199).waitFor({ state: "attached" });
      const graph = await framesWhile(page, 6, () => callAlongEdges(observer, 400, 200));
      await goTo(page, "traffic");
      await rowOf(page, nameOf(0)).first().waitFor();
      const table = await framesWhile(page, 6, () => callAlongEdges(observer, 400, 200));
      for (const [what, { p95Ms, longestMs }] of Object.entries({ graph, table })) {
        console.log(`${what}: 95 % of frames within ${p95Ms} ms, the longest task took ${longestMs} ms`);
        assert.ok(longestMs < 5000, `${what}: ${longestMs} ms`);
      }
    });
  });
});

test("a page that does not keep up is told everything anew when it does", async () => {
  const limits = { pauseBytes: 16 * 1024, tickMs: 20 };
  await withHub({ network: await fleetOf(5), limits }, async ({ hub, observer, host }) => {
    callAlongEdges(observer, 5, 5);
    await open(
      hub.pageUrl,
      async ({ page }) => {
        await goTo(page, "events");
        await untilInPage(page, "a snapshot", () => (globalThis as unknown as Seen).frames.includes("snapshot"), 0);
        const debug = await page.context().newCDPSession(page);
        await halt(debug);
        // A page that stands still reads nothing: what is sent fills its buffers, and then ours.
        let last = 0;
        await eventually(patienceMs, "so much that it lags", () => {
          for (let n = 0; n < 100; n++) host.events.emit(chatter(++last));
          return last >= 5000;
        });
        await goOn(debug);
        await rowOf(page, `line ${last}`).first().waitFor();
        const frames = await page.evaluate(() => (globalThis as unknown as Seen).frames);
        assert.ok(frames.filter((type) => type === "snapshot").length >= 2, `${frames.length} frames`);
        const { count } = await page.evaluate(() => (globalThis as unknown as Seen).opened);
        assert.is(count, 1, "it was not cut off");
      },
      { first: keepFrameTypes },
    );
  });
});

interface Seen {
  /** The types of what came. */
  readonly frames: string[];
  /** How many connections were opened. */
  readonly opened: { count: number };
}

function keepFrameTypes(): void {
  const frames: string[] = [];
  const opened = { count: 0 };
  Object.assign(globalThis, { frames, opened });
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      opened.count++;
      this.addEventListener("message", ({ data }) => frames.push((JSON.parse(String(data)) as { type: string }).type));
    }
  };
}

function chatter(line: number) {
  const text = `line ${line} ${"x".repeat(2000)}`;
  return { type: "log", level: "info", service: nameOf(line % 5), text } as const;
}

async function halt(debug: CDPSession): Promise<void> {
  await debug.send("Debugger.enable");
  const paused = new Promise((resolve) => debug.once("Debugger.paused", resolve));
  await debug.send("Debugger.pause");
  await paused;
}

async function goOn(debug: CDPSession): Promise<void> {
  await debug.send("Debugger.resume");
  await debug.send("Debugger.disable");
}

/** How long frames and tasks take while something happens a few times, each time after the page has shown the last. */
async function framesWhile(
  page: Page,
  times: number,
  happen: () => void,
): Promise<{ readonly p95Ms: number; readonly longestMs: number }> {
  await page.evaluate(measure);
  for (let time = 0; time < times; time++) {
    happen();
    await page.evaluate(() => {
      const { updates } = globalThis as unknown as Measured;
      Object.assign(globalThis, { wanted: updates.count + 1 });
    });
    await untilInPage(page, "the next frame of the server", isNext, 0);
  }
  return page.evaluate(() => {
    const { frames, tasks } = globalThis as unknown as Measured;
    const sorted = frames.sort((one, other) => one - other);
    return {
      p95Ms: Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? 0),
      longestMs: Math.round(Math.max(0, ...tasks)),
    };
  });
}

interface Measured {
  readonly frames: number[];
  readonly tasks: number[];
  readonly updates: { count: number };
  readonly wanted: number;
}

function isNext(): boolean {
  const { updates, wanted } = globalThis as unknown as Measured;
  return updates.count >= wanted;
}

function measure(): void {
  const frames: number[] = [];
  const tasks: number[] = [];
  const updates = { count: 0 };
  Object.assign(globalThis, { frames, tasks, updates });
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: "longtask",
  });
  new MutationObserver(() => updates.count++).observe(document.body, {
    ...{ subtree: true, characterData: true, childList: true, attributes: true },
  });
  let last = performance.now();
  const frame = (): void => {
    const now = performance.now();
    frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

run();

import { eventually } from "@micro/kernel/testing";
import type { Locator, Page } from "playwright-core";
import * as assert from "uvu/assert";
import { patienceMs } from "./browser.ts";

/** Shows a view, by its link. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: view }).click();
  await page.getByRole("main", { name: view }).waitFor();
}

/** The table of the view. */
export function table(page: Page): Locator {
  return page.getByRole("main").getByRole("table");
}

/** Rows of the table with a text in them, cells apart by blanks. */
export function rowOf(page: Page, text: string): Locator {
  return table(page).getByRole("row", { name: text });
}

/** Waits until something that is read from the page is as expected; says what it was last. */
export async function sees<Value>(read: () => Promise<Value>, expected: Value): Promise<void> {
  let last: Value | undefined;
  const isSeen = async (): Promise<boolean> => {
    last = await read();
    return JSON.stringify(last) === JSON.stringify(expected);
  };
  await eventually(patienceMs, "it", isSeen).catch(() => assert.equal(last, expected));
}

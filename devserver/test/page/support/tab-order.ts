import type { Page } from "playwright-core";

/**
 * Goes through the page by Tab until it begins anew.
 *
 * @returns what can be used by a pointer and was not reached, as short texts
 */
export async function notReachedByTab(page: Page, most = 250): Promise<string[]> {
  await page.evaluate(() => {
    const walk = { reached: new Set<Element>(), isRound: false };
    Object.assign(globalThis, { walk });
    document.addEventListener("focusin", ({ target }) => {
      walk.isRound ||= walk.reached.has(target as Element);
      walk.reached.add(target as Element);
    });
  });
  let isRound = false;
  for (let pressed = 0; pressed < most && !isRound; pressed++) {
    await page.keyboard.press("Tab");
    isRound = await page.evaluate(() => (globalThis as unknown as { walk: Walk }).walk.isRound);
  }
  return page.evaluate(missing);
}

interface Walk {
  readonly reached: Set<Element>;
  /** Whether something was reached again. */
  isRound: boolean;
}

function missing(): string[] {
  const { reached } = (globalThis as unknown as { walk: Walk }).walk;
  const controls = "a[href], button, input, select, textarea, summary, [role=button], [role=slider], [tabindex]";
  const isShown = (element: Element): boolean =>
    element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && element.closest("[inert]") === null;
  // A group that the arrow keys go through is reached when one of it is: its other members have -1 or are radio buttons.
  const isOwnStop = (element: Element): boolean => {
    if ((element as HTMLElement).tabIndex < 0 || element.matches(":disabled")) return false;
    return !element.matches("input[type=radio]:not(:checked)");
  };
  return [...document.querySelectorAll(controls)]
    .filter((element) => isShown(element) && isOwnStop(element) && !reached.has(element))
    .map((element) => element.outerHTML.slice(0, 160));
}

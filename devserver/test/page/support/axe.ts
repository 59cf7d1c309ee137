import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const path = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
let source: string | undefined;

/**
 * What axe finds serious or critical in a page as it stands, each with the first elements that it is about.
 *
 * One of its rules takes all text of a button for its label. A card of the graph is a picture whose label is the name of
 * the service, with which its accessible name begins: the figures in the picture are read out as a sentence.
 *
 * @param rules the only ones that are asked; all when absent
 */
export async function seriousIn(page: Page, rules?: readonly string[]): Promise<string[]> {
  source ??= await readFile(path, "utf8");
  // By the debugger: the page's content security policy holds for its own scripts.
  await page.evaluate(source);
  // What fades in has less contrast until it is there. Some hints of traffic never end.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map(({ finished }) => finished));
  });
  const results = await page.evaluate(
    async (runOnly) => {
      const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } };
      return axe.run({ resultTypes: ["violations"], ...(runOnly !== undefined && { runOnly }) });
    },
    rules === undefined ? undefined : [...rules],
  );
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.filter(({ html }) => !isCard(id, html)) }))
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ id, help, nodes }) => {
      const where = nodes
        .slice(0, 3)
        .map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary ?? ""}`);
      return `${id}: ${help} (${nodes.length})\n    ${where.join("\n    ")}`;
    });
}

function isCard(rule: string, html: string): boolean {
  return rule === "label-content-name-mismatch" && html.startsWith('<g class="node ');
}

import { errorShare, type Figures } from "../graph/link-figures.ts";
import { msText, rateText, shareText } from "./format.ts";

/** The heads of {@link FigureCells}. */
export const figureHeads = ["per s", "errors", "p50", "p95"] as const;

/** How fast, how often failing and how long, as cells of a row. */
export function FigureCells({ figures }: { readonly figures: Figures }) {
  const { rate, errorRate, p50Ms, p95Ms } = figures;
  return (
    <>
      <td>{rateText(rate)}</td>
      <td class={errorRate > 0 ? "bad failed" : ""}>{rate === 0 ? "–" : shareText(errorShare(figures))}</td>
      <td>{msText(p50Ms)}</td>
      <td>{msText(p95Ms)}</td>
    </>
  );
}

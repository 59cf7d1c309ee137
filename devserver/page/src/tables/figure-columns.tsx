import type { WindowFigures } from "../../../src/observe/edge.ts";
import { errorShare } from "../graph/link-figures.ts";
import { msText, rateText, shareText } from "../ui/format.ts";
import type { Column } from "../ui/sortable-table.tsx";

/** The columns of what has rates and latencies. */
export function figureColumns<Row>(figuresOf: (row: Row) => WindowFigures): readonly Column<Row>[] {
  return [
    {
      id: "rate",
      title: "Calls/s",
      isNumber: true,
      value: (row) => figuresOf(row).rate,
      cell: (row) => faintZero(figuresOf(row).rate, rateText(figuresOf(row).rate)),
    },
    {
      id: "errors",
      title: "Errors",
      isNumber: true,
      value: (row) => errorShare(figuresOf(row)),
      cell: (row) => <Errors share={errorShare(figuresOf(row))} />,
    },
    {
      id: "p50",
      title: "p50",
      isNumber: true,
      value: (row) => figuresOf(row).p50Ms,
      cell: (row) => faintZero(figuresOf(row).p50Ms, msText(figuresOf(row).p50Ms)),
    },
    {
      id: "p95",
      title: "p95",
      isNumber: true,
      value: (row) => figuresOf(row).p95Ms,
      cell: (row) => faintZero(figuresOf(row).p95Ms, msText(figuresOf(row).p95Ms)),
    },
  ];
}

function Errors({ share }: { readonly share: number }) {
  if (share === 0) return faintZero(share, shareText(share));
  return <span class={share < 0.05 ? "warn" : "bad"}>{shareText(share)}</span>;
}

function faintZero(value: number, text: string) {
  return <span class={value === 0 ? "faint" : undefined}>{text}</span>;
}

import type { Direction } from "./table-state.ts";

/** What a row is sorted by. */
export type SortValue = string | number | undefined;

/** Rows in the order of their values; rows of equal values stay as they are, and those without one come last. */
export function sortRows<Row>(
  rows: readonly Row[],
  sortValue: (row: Row) => SortValue,
  direction: Direction,
): readonly Row[] {
  const sign = direction === "ascending" ? 1 : -1;
  return rows
    .map((row) => ({ row, value: sortValue(row) }))
    .sort((one, other) => compare(one.value, other.value, sign))
    .map(({ row }) => row);
}

/** Rows with all words of a filter in their text, whatever the case. */
export function filterRows<Row>(rows: readonly Row[], textOf: (row: Row) => string, filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The order in which rows were last shown: it is kept while somebody reads, so that nothing jumps away below a pointer. */
export class RowOrder<Row> {
  private keys: readonly string[] = [];
  private reason = "";

  /**
   * Puts rows in order.
   *
   * @param sorted the rows as they are sorted now
   * @param isHeld whether those that are shown stay where they are, and new ones wait
   * @param reason why they are sorted so: with another one nothing is held
   */
  arrange(
    sorted: readonly Row[],
    keyOf: (row: Row) => string,
    isHeld: boolean,
    reason: string,
  ): { readonly rows: readonly Row[]; readonly waiting: number } {
    if (!isHeld || reason !== this.reason || this.keys.length === 0) {
      this.reason = reason;
      this.keys = sorted.map(keyOf);
      return { rows: sorted, waiting: 0 };
    }
    const byKey = new Map(sorted.map((row) => [keyOf(row), row]));
    const rows = this.keys.map((key) => byKey.get(key)).filter((row) => row !== undefined);
    // When nothing is left of what was shown, nobody reads it.
    if (rows.length === 0) return this.arrange(sorted, keyOf, false, reason);
    return { rows, waiting: sorted.length - rows.length };
  }
}

function compare(one: SortValue, other: SortValue, sign: number): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  return sign * collator.compare(String(one), String(other));
}

const collator = new Intl.Collator("en", { numeric: true });

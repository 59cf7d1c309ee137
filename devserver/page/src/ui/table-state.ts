import { type Signal, signal } from "@preact/signals";
import { toggled } from "./toggled.ts";

/** Which way a column is sorted; as in `aria-sort`. */
export type Direction = "ascending" | "descending";

/** How many rows are shown at first, and how many more at a time. */
export const rowStep = 100;

/** How somebody has set a table. It outlives the table, so that who comes back finds it as it was. */
export class TableState {
  readonly column: Signal<string>;
  readonly direction: Signal<Direction>;
  readonly filter: Signal<string> = signal("");
  /** How many rows are shown. */
  readonly limit: Signal<number> = signal(rowStep);
  /** The keys of rows whose details are shown. */
  readonly expanded: Signal<ReadonlySet<string>> = signal(new Set());
  /** The key of the row that the arrow keys are at. */
  readonly current: Signal<string | undefined> = signal(undefined);

  constructor(column: string, direction: Direction = "ascending") {
    this.column = signal(column);
    this.direction = signal(direction);
  }

  /** Sorts by a column: numbers by the greatest first, texts by the alphabet, the same column the other way round. */
  sortBy(column: string, isNumber: boolean): void {
    if (this.column.value === column) {
      this.direction.value = this.direction.value === "ascending" ? "descending" : "ascending";
      return;
    }
    this.column.value = column;
    this.direction.value = isNumber ? "descending" : "ascending";
  }

  /** Shows the details of a row, or hides them. */
  toggle(key: string): void {
    this.expanded.value = toggled(this.expanded.value, key);
  }
}

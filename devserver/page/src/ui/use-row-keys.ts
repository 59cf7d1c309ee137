import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { TableState } from "./table-state.ts";

const page = 10;

/**
 * Moves the focus over the rows of a table, and keeps it in the table when the row that has it goes.
 *
 * @returns what takes the keys of its body
 */
export function useRowKeys(
  scroll: RefObject<HTMLElement | null>,
  { current }: TableState,
): (event: KeyboardEvent) => void {
  const hadFocus = useRef(-1);
  useLayoutEffect(() => {
    const rows = rowsOf(scroll.current);
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const isLost = hadFocus.current >= 0 && document.activeElement === document.body;
    if (isLost) (rows.find(isAt(current.peek())) ?? rows[Math.min(hadFocus.current, rows.length - 1)])?.focus();
    else hadFocus.current = at;
  });
  return (event) => {
    const rows = rowsOf(scroll.current);
    const from = rows.indexOf(event.target as HTMLElement);
    const to = from < 0 ? undefined : rowAfter(event.key, from, rows.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    hadFocus.current = to;
    rows[to]?.focus();
  };
}

function rowAfter(key: string, from: number, last: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return Math.min(from + 1, last);
    case "ArrowUp":
      return Math.max(from - 1, 0);
    case "PageDown":
      return Math.min(from + page, last);
    case "PageUp":
      return Math.max(from - page, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

// Keys come from other people's names: they are compared, and stand in no selector.
const isAt =
  (key: string | undefined) =>
  (row: HTMLElement): boolean =>
    row.dataset.row === key;

function rowsOf(scroll: HTMLElement | null): HTMLElement[] {
  return [...(scroll?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
}

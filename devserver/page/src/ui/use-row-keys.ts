import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { moveFocus } from "../panel/move-focus.ts";
import type { TableState } from "./table-state.ts";

/** What the body of a table listens to. */
export interface RowKeys {
  onKeyDown(event: KeyboardEvent): void;
  onFocusIn(event: FocusEvent): void;
  onFocusOut(event: FocusEvent): void;
}

/** Moves the focus over the rows of a table, and keeps it in the table when the row that has it goes. */
export function useRowKeys(scroll: RefObject<HTMLElement | null>, { current }: TableState): RowKeys {
  const last = useRef<{ readonly element: Element; readonly at: number } | undefined>(undefined);
  useLayoutEffect(() => {
    // One that is still there was left on purpose, even if nothing else has the focus.
    if (last.current === undefined || last.current.element.isConnected) return;
    const { at } = last.current;
    last.current = undefined;
    if (document.activeElement !== document.body) return;
    const rows = rowsOf(scroll.current);
    (rows.find(isAt(current.peek())) ?? rows[Math.min(at, rows.length - 1)])?.focus();
  });
  return {
    onKeyDown: (event) => moveFocus(event, "[data-row]"),
    onFocusIn: ({ target }) => {
      const at = rowsOf(scroll.current).indexOf(target as HTMLElement);
      last.current = at < 0 ? undefined : { element: target as Element, at };
    },
    onFocusOut: ({ relatedTarget }) => {
      if (relatedTarget !== null) last.current = undefined;
    },
  };
}

// Keys come from other people's names: they are compared, and stand in no selector.
const isAt =
  (key: string | undefined) =>
  (row: HTMLElement): boolean =>
    row.dataset.row === key;

function rowsOf(scroll: HTMLElement | null): HTMLElement[] {
  return [...(scroll?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
}

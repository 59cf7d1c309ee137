import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useMemo, useRef } from "preact/hooks";
import { MoreButton } from "../panel/more-button.tsx";
import { Icon } from "./icons.tsx";
import { NoFit } from "./no-fit.tsx";
import { filterRows, RowOrder, type SortValue, sortRows } from "./row-order.ts";
import { SearchField } from "./search-field.tsx";
import { TableRow } from "./table-row.tsx";
import { rowStep, type TableState } from "./table-state.ts";
import { useRowKeys } from "./use-row-keys.ts";

/** A column of a {@link SortableTable}. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** Right-aligned, and sorted by the greatest first. */
  readonly isNumber?: boolean;
  /** Takes what room there is. */
  readonly isWide?: boolean;
  /** What it is sorted by, and what the filter looks at. */
  value(row: Row): SortValue;
  /** What stands in a cell; its value when absent. */
  cell?(row: Row): ComponentChildren;
}

/** What a {@link SortableTable} shows. */
export interface TableProps<Row> {
  /** What it is a table of: `Services`. */
  readonly title: string;
  readonly state: TableState;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** Opens a row. */
  onOpen?(row: Row): void;
  /** What a row unfolds to; rows without are not unfolded. */
  detail?(row: Row): ComponentChildren;
  isSelected?(row: Row): boolean;
  /** What stands there without rows. */
  readonly empty: ComponentChildren;
  /** Between the title and the filter. */
  readonly tools?: ComponentChildren;
  /** Above the rows. */
  readonly note?: ComponentChildren;
}

/** A table that is sorted by its heads, filtered, gone through by the arrow keys, and stands still while it is read. */
export function SortableTable<Row>(props: TableProps<Row>) {
  const { title, state, columns, rows, empty, tools, note } = props;
  const scroll = useRef<HTMLElement>(null);
  const captionId = useId();
  const { shown, waiting, hold, release, total } = useShownRows(props);
  const keys = useRowKeys(scroll, state);
  const isFiltered = total < rows.length;
  return (
    <div class="table-view">
      <div class="toolbar">
        <h2>{title}</h2>
        <span class="amount">{isFiltered ? `${total} of ${rows.length}` : rows.length}</span>
        {tools}
        {waiting > 0 ? (
          <button type="button" class="button" onClick={release}>
            Show {waiting} new
          </button>
        ) : null}
        <SearchField text={state.filter} label={`Filter ${title.toLowerCase()}`} />
      </div>
      {note}
      {/* It scrolls, so the keyboard must get into it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section class="table-scroll" ref={scroll} aria-labelledby={captionId} tabIndex={0}>
        <table>
          <caption class="hidden" id={captionId}>
            {title}, sorted by {columns.find(({ id }) => id === state.column.value)?.title}, {state.direction.value}
          </caption>
          <Heads columns={columns} state={state} />
          <tbody
            onKeyDown={keys.onKeyDown}
            onPointerEnter={() => hold.pointer(true)}
            onPointerLeave={() => hold.pointer(false)}
            onFocusIn={(event) => {
              keys.onFocusIn(event);
              hold.focus(true);
            }}
            onFocusOut={(event) => {
              keys.onFocusOut(event);
              hold.focus(false);
            }}
          >
            {shown.map((row, at) => (
              <Line key={props.keyOf(row)} row={row} isFirst={at === 0} shown={shown} {...props} />
            ))}
          </tbody>
        </table>
        {total === 0 ? rows.length === 0 ? empty : <NoFit filter={state.filter} /> : null}
        <MoreButton limit={state.limit} of={total - waiting} step={rowStep} />
      </section>
    </div>
  );
}

function Heads<Row>({ columns, state }: Pick<TableProps<Row>, "columns" | "state">) {
  return (
    <thead>
      <tr>
        {columns.map(({ id, title, isNumber = false }) => (
          <th
            key={id}
            scope="col"
            class={isNumber ? "number" : undefined}
            aria-sort={state.column.value === id ? state.direction.value : undefined}
          >
            <button type="button" onClick={() => state.sortBy(id, isNumber)}>
              {title}
              <Icon name="sort" size={10} />
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Line<Row>(
  props: TableProps<Row> & { readonly row: Row; readonly isFirst: boolean; readonly shown: readonly Row[] },
) {
  const { row, state, columns, keyOf, onOpen, detail, isSelected, isFirst, shown } = props;
  const key = keyOf(row);
  const { current } = state;
  // One row is reached by Tab: the one that was used last, or else the first.
  const isCurrent = current.value === key || (isFirst && !shown.some((one) => keyOf(one) === current.value));
  const unfolded = detail?.(row);
  const isExpanded = unfolded !== undefined && state.expanded.value.has(key);
  return (
    <TableRow
      row={row}
      rowKey={key}
      columns={columns}
      isCurrent={isCurrent}
      isSelected={isSelected?.(row) === true}
      isExpanded={unfolded === undefined ? undefined : isExpanded}
      detail={isExpanded ? unfolded : undefined}
      onFocus={() => (current.value = key)}
      onOpen={unfolded !== undefined ? () => state.toggle(key) : onOpen === undefined ? undefined : () => onOpen(row)}
    />
  );
}

function useShownRows<Row>({ rows, columns, state, keyOf }: TableProps<Row>) {
  const order = useMemo(() => new RowOrder<Row>(), []);
  const isPointed = useSignal(false);
  const isFocused = useSignal(false);
  const releases = useSignal(0);
  const { column, direction, filter, limit } = state;
  const sorting = columns.find(({ id }) => id === column.value);
  const textOf = (row: Row): string => columns.map(({ value }) => value(row) ?? "").join(" ");
  const fitting = filterRows(rows, textOf, filter.value);
  const sorted = sorting === undefined ? fitting : sortRows(fitting, sorting.value, direction.value);
  const reason = [column.value, direction.value, filter.value, releases.value].join("\n");
  const isHeld = isPointed.value || isFocused.value;
  const { rows: arranged, waiting } = order.arrange(sorted, keyOf, isHeld, reason);
  return {
    shown: arranged.slice(0, limit.value),
    waiting,
    total: sorted.length,
    release: () => (releases.value += 1),
    hold: {
      pointer: (isIn: boolean) => void (isPointed.value = isIn),
      focus: (isIn: boolean) => void (isFocused.value = isIn),
    },
  };
}

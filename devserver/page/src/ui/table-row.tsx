import type { ComponentChildren } from "preact";
import type { Column } from "./sortable-table.tsx";

/** What a {@link TableRow} shows. */
export interface RowProps<Row> {
  readonly row: Row;
  readonly rowKey: string;
  readonly columns: readonly Column<Row>[];
  /** Whether Tab reaches it. */
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  /** Whether its details are shown; `undefined` where it has none. */
  readonly isExpanded: boolean | undefined;
  readonly detail: ComponentChildren;
  readonly onOpen: (() => void) | undefined;
  onFocus(): void;
}

/** A row, and below it what it unfolds to. Its head is a button where it can be opened. */
export function TableRow<Row>(props: RowProps<Row>) {
  const { row, rowKey, columns, isSelected, detail, onOpen } = props;
  const className = [onOpen === undefined ? "" : "openable", isSelected ? "selected" : ""].join(" ").trim();
  // The pointer may take the whole row; the keyboard has its button.
  const onClick = (event: MouseEvent): void => {
    const isControl = event.target instanceof Element && event.target.closest("button, a, input") !== null;
    if (!isControl && getSelection()?.isCollapsed !== false) onOpen?.();
  };
  return (
    <>
      <tr class={className === "" ? undefined : className} onClick={onClick}>
        {columns.map((column, at) =>
          at === 0 ? (
            <th key={column.id} scope="row" class={classOf(column)}>
              <Head {...props}>{cellOf(column, row)}</Head>
            </th>
          ) : (
            <td key={column.id} class={classOf(column)}>
              {cellOf(column, row)}
            </td>
          ),
        )}
      </tr>
      {detail === undefined ? null : (
        <tr class="detail" key={`${rowKey} detail`}>
          <td colSpan={columns.length}>{detail}</td>
        </tr>
      )}
    </>
  );
}

function Head<Row>({
  children,
  rowKey,
  isCurrent,
  isExpanded,
  onOpen,
  onFocus,
}: RowProps<Row> & { readonly children: ComponentChildren }) {
  if (onOpen === undefined) return <>{children}</>;
  return (
    <button
      type="button"
      class="open"
      data-row={rowKey}
      tabIndex={isCurrent ? 0 : -1}
      aria-expanded={isExpanded}
      onClick={onOpen}
      onFocus={onFocus}
    >
      {children}
    </button>
  );
}

function classOf<Row>({ isNumber, isWide }: Column<Row>): string | undefined {
  if (isNumber === true) return "number";
  return isWide === true ? "wide" : undefined;
}

function cellOf<Row>({ cell, value }: Column<Row>, row: Row): ComponentChildren {
  return cell === undefined ? value(row) : cell(row);
}

import { clean, displayWidth, truncate } from './text.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Colours the padded cell; gets the row to decide. */
  readonly style?: (cell: string, row: Row) => string;
  /** May be cut when the terminal is narrow. */
  readonly isFlexible?: boolean;
}

export interface TableOptions {
  /** Terminal width in cells; absent means no limit, as in a pipe. */
  readonly width?: number | undefined;
  readonly heading?: (text: string) => string;
}

const GAP = '  ';
const MIN_FLEXIBLE = 8;

/** Aligned columns with a heading, nothing else. Columns that are empty in every row are left out. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions = {},
): string {
  const cells = columns.map((column) => rows.map((row) => clean(column.value(row))));
  const filled = columns
    .map((column, index) => ({ column, cells: cells[index] ?? [] }))
    .filter((entry) => entry.cells.some((cell) => cell !== ''));
  const { shown, widths } = fitted(filled, options.width);
  const line = (cellOf: (index: number) => string, styleOf: (index: number, cell: string) => string): string =>
    shown
      .map(({ column }, index) => {
        const width = widths[index] ?? 0;
        const text = truncate(cellOf(index), width);
        const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
        if (column.align === 'right') return padding + styleOf(index, text);
        return styleOf(index, text) + (index === shown.length - 1 ? '' : padding);
      })
      .join(GAP)
      .trimEnd();
  const heading = options.heading ?? ((text: string) => text);
  return [
    line(
      (index) => shown[index]?.column.title ?? '',
      (_, cell) => heading(cell),
    ),
    ...rows.map((row, at) =>
      line(
        (index) => shown[index]?.cells[at] ?? '',
        (index, cell) => shown[index]?.column.style?.(cell, row) ?? cell,
      ),
    ),
  ].join('\n');
}

interface Shown<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
}

/** Cuts flexible columns to the terminal; where that is not enough, the last of them is left out. */
function fitted<Row>(
  shown: readonly Shown<Row>[],
  limit: number | undefined,
): { readonly shown: readonly Shown<Row>[]; readonly widths: readonly number[] } {
  const widths = shown.map(({ column, cells }) =>
    Math.max(displayWidth(column.title), ...cells.map((cell) => displayWidth(cell))),
  );
  if (limit === undefined) return { shown, widths };
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - limit;
  while (excess > 0) {
    const widest = widestFlexible(shown, widths);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  const last = shown.findLastIndex(({ column }) => column.isFlexible === true);
  return excess > 0 && last > 0
    ? fitted(
        shown.filter((_, index) => index !== last),
        limit,
      )
    : { shown, widths };
}

function widestFlexible<Row>(shown: readonly Shown<Row>[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  shown.forEach(({ column }, index) => {
    const width = widths[index] ?? 0;
    if (column.isFlexible !== true || width <= MIN_FLEXIBLE) return;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = index;
  });
  return widest;
}

/** `label  value` lines with the labels in one column. */
export function renderFacts(
  facts: readonly (readonly [string, string])[],
  label = (text: string): string => text,
): string {
  const width = Math.max(0, ...facts.map(([name]) => displayWidth(name)));
  return facts.map(([name, value]) => `${label(name)}${' '.repeat(width - displayWidth(name))}  ${value}`).join('\n');
}

import { expect, test } from 'vitest';
import { type Column, renderFacts, renderTable } from '../../../src/cli/ui/table.js';

interface Row {
  readonly name: string;
  readonly size: number;
  readonly note?: string;
}
const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name, isFlexible: true },
  { title: 'SIZE', value: ({ size }) => String(size), align: 'right' },
  { title: 'NOTE', value: ({ note }) => note ?? '' },
];

test('columns are aligned, numbers to the right, and a column without content is left out', () => {
  expect(
    renderTable(
      [
        { name: 'a', size: 5 },
        { name: 'long one', size: 12_345 },
      ],
      COLUMNS,
    ),
  ).toBe(['NAME       SIZE', 'a             5', 'long one  12345'].join('\n'));
});

test('only flexible columns are cut, and only in a terminal', () => {
  const rows = [{ name: 'a-very-long-name-indeed', size: 1, note: 'keep' }];
  expect(renderTable(rows, COLUMNS, { width: 30 })).toBe(
    ['NAME                SIZE  NOTE', 'a-very-long-name-…     1  keep'].join('\n'),
  );
  expect(renderTable(rows, COLUMNS)).toContain('a-very-long-name-indeed');
});

test('where cutting is not enough, flexible columns go from the last on, and the first column never does', () => {
  const columns = [...COLUMNS, { title: 'LEVELS', value: () => 'low medium high', isFlexible: true }];
  const rows = [{ name: 'a-long-name', size: 12_345, note: 'a fixed note' }];
  expect(renderTable(rows, columns, { width: 33 }).split('\n')[0]).toBe('NAME          SIZE  NOTE');
  expect(renderTable(rows, columns, { width: 10 }).split('\n')[0]).toMatch(/^NAME/);
});

test('wide signs count two cells', () => {
  expect(
    renderTable(
      [
        { name: '模型', size: 1 },
        { name: 'abcd', size: 2 },
      ],
      COLUMNS,
    ),
  ).toBe(['NAME  SIZE', '模型     1', 'abcd     2'].join('\n'));
});

test('text from elsewhere cannot move the cursor, colour the screen or break the line', () => {
  const text = renderTable([{ name: 'x\u001b[2J\u001b]0;title\u0007\nnext\u009b1m', size: 1 }], COLUMNS);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text.split('\n')).toHaveLength(2);
});

test('colours do not disturb the alignment', () => {
  const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
  const [first] = COLUMNS;
  const columns = first === undefined ? [] : [{ ...first, style: bold }, ...COLUMNS.slice(1)];
  expect(renderTable([{ name: 'a', size: 1 }], columns)).toBe('NAME  SIZE\n\u001b[1ma\u001b[22m        1');
});

test('facts stand in one column behind their labels', () => {
  expect(
    renderFacts([
      ['a', '1'],
      ['longer', '2'],
    ]),
  ).toBe('a       1\nlonger  2');
});

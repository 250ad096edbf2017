import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { editConfig } from '../../../src/shared/config/edit.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { configSchema } from '../../../src/shared/config/schema.js';
import { AppError } from '../../../src/shared/errors.js';

const seed = await readFile(new URL('../../fixtures/config/cliproxyapi.yaml', import.meta.url), 'utf8');
const keys = [
  ...Object.keys(configSchema.shape),
  'models',
  'headers',
  'alias',
  'name',
  'params',
  'match',
  'request-scoped-errors',
  'prompt-file',
  'api-keys',
  '__proto__',
];

/** Whatever comes in, the answer is a config, or an AppError that says why not. */
function expectOrderly(text: string): void {
  const run = (action: () => unknown): void => {
    try {
      action();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
    }
  };
  const parsed = parseConfig(text, { path: 'config.yaml' });
  expect(parsed.config === undefined).toBe(parsed.problems.length > 0);
  for (const { line, column } of [...parsed.problems, ...parsed.warnings]) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(text.split('\n').length);
  }
  run(() => requireConfig(parsed));
  run(() => editConfig(text, [{ type: 'set', path: ['routing', 'strategy'], value: 'rr' }]));
  run(() => editConfig(text, [{ type: 'append', path: ['claude-api-key'], value: { 'api-key': 'x' } }]));
  run(() => editConfig(text, [{ type: 'remove', path: ['claude-api-key', 0, 'models'] }]));
}

test('random signs of YAML', () => {
  const sign = fc.constantFrom(
    ...'ab1:-?[]{},&*!|>\'"%@`#~<.\\ \n\n\t\r\u00e9\ufeff\u2028\0',
    ': ',
    '- ',
    '\n  ',
    '<<: *a',
    '&a ',
    '*a',
    '---\n',
    '...\n',
    '!!int ',
    '? ',
  );
  fc.assert(
    fc.property(
      fc.array(sign, { maxLength: 60 }).map((signs) => signs.join('')),
      expectOrderly,
    ),
    { numRuns: 1500 },
  );
});

test('our keys with values of any type', () => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        -1,
        1.5,
        1e300,
        '',
        'x',
        '$authorization',
        'http://a',
        '1h',
        '*',
        '2000000',
      ),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
    ),
  }));
  const config = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 });
  fc.assert(
    fc.property(config, (content) => expectOrderly(stringify(content))),
    { numRuns: 500 },
  );
});

test('a real config with pieces cut out, doubled and moved', () => {
  const at = fc.nat(seed.length);
  fc.assert(
    fc.property(at, fc.nat(60), at, fc.boolean(), (from, length, to, isCut) => {
      const piece = seed.slice(from, from + length);
      const rest = isCut ? seed.slice(0, from) + seed.slice(from + length) : seed;
      expectOrderly(rest.slice(0, to) + piece + rest.slice(to));
    }),
    { numRuns: 150 },
  );
});

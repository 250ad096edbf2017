import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema, configJsonSchemaText } from '../../../src/shared/config/json-schema.js';
import { parseConfig } from '../../../src/shared/config/load.js';
import { isRecord } from '../../../src/shared/config/plain.js';
import { providerShape } from '../../../src/shared/config/schema/providers.js';
import { configSchema } from '../../../src/shared/config/schema.js';

const read = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), 'utf8');
const example = await read('config.example.yaml');
/** With every sample switched on. */
const complete = example.replace(/^( *)#(?! \S|$)/gm, '$1');

/** All provider lists share their fields, and all payload rules their conditions, so one place is enough. */
const shared = (path: string) =>
  path
    .replace(new RegExp(`^(${Object.keys(providerShape).join('|')})\\[\\]\\.`), 'entry.')
    .replace(/^payload\.[a-z-]+\[\]\.models\[\]\./, 'condition.');

function schemaPaths(schema: unknown, path: string): string[] {
  if (!isRecord(schema)) return [];
  const here = path === '' ? [] : [path];
  if (isRecord(schema['items'])) return [...here, ...schemaPaths(schema['items'], `${path}[]`)];
  const inner = isRecord(schema['properties']) ? Object.entries(schema['properties']) : [];
  const keyed = isRecord(schema['additionalProperties'])
    ? schemaPaths(schema['additionalProperties'], `${path}.*`)
    : [];
  return [
    ...here,
    ...inner.flatMap(([key, value]) => schemaPaths(value, path === '' ? key : `${path}.${key}`)),
    ...keyed,
  ];
}

function valuePaths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item) => valuePaths(item, `${path}[]`))];
  if (!isRecord(value)) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, member]) => [
      ...valuePaths(member, path === '' ? key : `${path}.${key}`),
      ...valuePaths(member, `${path}.*`),
    ]),
  ];
}

describe('config.example.yaml', () => {
  test('loads, and has nothing to complain of but the missing client key', () => {
    const { problems, warnings } = parseConfig(example, { path: 'config.example.yaml' });
    expect(problems).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(['no_client_keys']);
  });

  test('says nothing else than an empty file does', () => {
    expect(parseConfig(example, { path: 'config.yaml' }).config).toEqual(configSchema.parse({}));
  });

  test('loads with every sample switched on, and refuses the sample key', () => {
    const { problems, warnings } = parseConfig(complete, { path: 'config.yaml' });
    expect(problems).toEqual([]);
    expect(new Set(warnings.map(({ code }) => code))).toEqual(
      new Set(['unsafe_example_api_key', 'key_without_effect']),
    );
  });

  test('names every key of the schema', () => {
    const present = new Set(valuePaths(parse(complete), '').map(shared));
    const missing = schemaPaths(configJsonSchema(), '')
      .map(shared)
      .filter((path) => !present.has(path) && !/\.\*|\[\]$/.test(path));
    expect(missing).toEqual([]);
  });

  test('points editors to the schema in its first line', () => {
    expect(example.split('\n')[0]).toBe('# yaml-language-server: $schema=./config.schema.json');
  });
});

describe('config.schema.json', () => {
  test('is what `node scripts/write-config-schema.js` writes today', async () => {
    expect(await read('config.schema.json')).toBe(configJsonSchemaText());
  });

  test('accepts the example in both forms, and refuses a wrong type', () => {
    const validate = new Ajv({ strict: false }).compile(configJsonSchema());
    expect(validate(parse(example)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parse(complete)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ port: 'eighty' })).toBe(false);
  });

  test('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (!isRecord(schema)) return;
      for (const [key, value] of Object.entries(isRecord(schema['properties']) ? schema['properties'] : {})) {
        if (isRecord(value) && value['description'] === undefined) undescribed.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      visit(schema['items'], `${path}[]`);
      visit(schema['additionalProperties'], `${path}.*`);
    };
    visit(configJsonSchema(), '');
    expect(undescribed).toEqual([]);
  });
});

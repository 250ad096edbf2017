import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { sampleOf } from '../../../../src/cli/demo/upstreams/sample.js';

const object = (properties: object, fields: object = {}) => ({ type: 'object', properties, ...fields });

test.each<[string, object]>([
  [
    'texts and numbers',
    object({ a: { type: 'string' }, b: { type: 'number' }, c: { type: 'integer' }, d: { type: 'boolean' } }),
  ],
  [
    'bounds',
    object({
      a: { type: 'integer', minimum: 9 },
      b: { type: 'integer', maximum: 3 },
      c: { type: 'integer', multipleOf: 4 },
    }),
  ],
  ['lengths', object({ a: { type: 'string', minLength: 9 }, b: { type: 'string', maxLength: 2 } })],
  ['an enum and a constant', object({ a: { enum: ['x', 'y'] }, b: { const: 3 } })],
  ['an array', object({ a: { type: 'array', items: { type: 'string' }, minItems: 2 } })],
  ['a union with null', object({ a: { anyOf: [{ type: 'null' }, { type: 'integer' }] } })],
  ['a list of types', object({ a: { type: ['null', 'string'] } })],
  [
    'all of several',
    {
      type: 'object',
      allOf: [object({ a: { type: 'string' } }, { required: ['a'] }), object({ b: { type: 'integer' } })],
    },
  ],
  [
    'references',
    {
      ...object({ a: { $ref: '#/$defs/node' } }),
      $defs: { node: object({ v: { type: 'integer' } }, { required: ['v'] }) },
    },
  ],
])('is valid for %s', (_name, schema) => {
  const validate = new Ajv({ strict: false }).compile(schema);
  const value = sampleOf(schema, { text: 'Paris', onlyRequired: false });
  expect(value).not.toEqual({});
  expect(validate(value), JSON.stringify({ value, errors: validate.errors })).toBe(true);
});

test('fills only what is required where that is wanted', () => {
  const schema = object({ city: { type: 'STRING' }, unit: { type: 'STRING' } }, { type: 'OBJECT', required: ['city'] });
  expect(sampleOf(schema, { text: 'Rome', onlyRequired: true })).toEqual({ city: 'Rome' });
});

test('a schema that refers to itself ends', () => {
  const schema = {
    $ref: '#/$defs/node',
    $defs: { node: object({ next: { $ref: '#/$defs/node' } }, { required: ['next'] }) },
  };
  expect(JSON.stringify(sampleOf(schema, { text: 'x', onlyRequired: true })).length).toBeLessThan(500);
});

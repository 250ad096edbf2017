import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanSchema, GEMINI_RULES } from '../../../../src/daemon/dialects/gemini-generate/schema.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';

const clean = (schema: JsonObject): JsonObject => cleanSchema(schema, GEMINI_RULES);
/** Cleans a schema that stands as property `p`. */
const cleanProperty = (schema: JsonObject): unknown => {
  const { properties } = clean({ type: 'object', properties: { p: schema } });
  return (properties as JsonObject)['p'];
};

describe('what a schema cannot say becomes a hint', () => {
  test.each<{ name: string; schema: JsonObject; expected: JsonObject }>([
    {
      name: 'limits on strings and lists',
      schema: { type: 'string', minLength: 1, maxLength: 5, pattern: '^a', format: 'date' },
      expected: { type: 'string', description: 'minLength: 1 (maxLength: 5) (pattern: ^a) (format: date)' },
    },
    {
      name: 'a default, after the description',
      schema: { type: 'integer', description: 'How many', default: 3 },
      expected: { type: 'integer', description: 'How many (default: 3)' },
    },
    {
      name: 'a default that is no scalar vanishes',
      schema: { type: 'array', items: { type: 'string' }, default: [], examples: [['a']] },
      expected: { type: 'array', items: { type: 'string' } },
    },
    {
      name: 'numeric bounds stay',
      schema: { type: 'number', minimum: 1, maximum: 9, multipleOf: 2, exclusiveMinimum: 0 },
      expected: { type: 'number', minimum: 1, maximum: 9, multipleOf: 2, description: 'exclusiveMinimum: 0' },
    },
    {
      name: 'closed objects',
      schema: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
      expected: { type: 'object', properties: { a: { type: 'string' } }, description: 'No extra properties allowed' },
    },
    {
      name: 'a schema of extra properties stays, and is cleaned',
      schema: { type: 'object', additionalProperties: { type: 'string', title: 'T' } },
      expected: { type: 'object', additionalProperties: { type: 'string' } },
    },
    {
      name: 'open objects need no word',
      schema: { type: 'object', additionalProperties: true },
      expected: { type: 'object' },
    },
    {
      name: 'a constant is a list of one',
      schema: { const: 'x' },
      expected: { type: 'string', enum: ['x'] },
    },
    {
      name: 'enumerations become strings',
      schema: { type: 'integer', enum: [1, 2] },
      expected: { type: 'string', enum: ['1', '2'], description: 'Allowed: 1, 2' },
    },
    {
      name: 'long enumerations are not repeated',
      schema: { enum: 'abcdefghijk'.split('') },
      expected: { type: 'string', enum: 'abcdefghijk'.split('') },
    },
    {
      name: 'null is no value of an enumeration',
      schema: { type: ['string', 'null'], enum: ['a', 'b', null] },
      expected: { type: 'string', enum: ['a', 'b'], description: 'Allowed: a, b (nullable)' },
    },
    {
      name: 'several types',
      schema: { type: ['string', 'integer'] },
      expected: { type: 'string', description: 'Accepts: string | integer' },
    },
    {
      name: 'a type or null',
      schema: { type: ['null', 'string'] },
      expected: { type: 'string', description: '(nullable)' },
    },
    {
      name: 'a local reference',
      schema: { $ref: '#/$defs/Node', description: 'The root' },
      expected: { type: 'object', description: 'The root (See: Node)' },
    },
    {
      name: 'an external reference',
      schema: { $ref: 'https://example.org/s.json', type: 'string' },
      expected: { type: 'string', description: 'See: https://example.org/s.json' },
    },
    {
      name: 'the best branch of a union, objects first',
      schema: {
        description: 'Where',
        anyOf: [
          { type: 'string' },
          { type: 'array', items: { type: 'string' } },
          { type: 'object', properties: { x: { type: 'number' } }, description: 'A point' },
          { type: 'null' },
        ],
      },
      expected: {
        type: 'object',
        properties: { x: { type: 'number' } },
        description: 'Where (Accepts: string | array | object | null)',
      },
    },
    {
      name: 'the first of equal branches',
      schema: { oneOf: [{ type: 'number' }, { type: 'string' }] },
      expected: { type: 'number', description: 'Accepts: number | string' },
    },
    {
      name: 'branches of one type need no word',
      schema: { oneOf: [{ type: 'string', enum: ['a'] }, { type: 'string' }] },
      expected: { type: 'string', enum: ['a'] },
    },
    {
      name: 'alternatives of demands are no demands',
      schema: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      expected: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } },
    },
    {
      name: 'all branches of allOf together, the node first',
      schema: {
        type: 'object',
        properties: { a: { type: 'string' } },
        allOf: [{ properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['b'] }, { required: ['a'] }],
      },
      expected: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'number' } },
        required: ['b', 'a'],
      },
    },
    {
      name: 'properties of both outcomes of a condition',
      schema: {
        type: 'object',
        properties: { a: { type: 'string' } },
        if: { properties: { a: { const: 'x' } } },
        // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
        then: { properties: { b: { type: 'string' } }, required: ['b'] },
        else: { properties: { a: { type: 'number' }, c: { type: 'string' } } },
      },
      expected: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' } },
      },
    },
    {
      name: 'negation stays',
      schema: { type: 'string', not: { enum: ['a'] } },
      expected: { type: 'string', not: { type: 'string', enum: ['a'] } },
    },
    {
      name: 'keywords without meaning to the model vanish',
      schema: {
        type: 'object',
        title: 'T',
        nullable: true,
        $id: 'i',
        $comment: 'c',
        definitions: {},
        propertyNames: {},
        patternProperties: { '^x': {} },
        deprecated: true,
        'x-order': 1,
      },
      expected: { type: 'object' },
    },
    {
      name: 'demands of unknown properties vanish',
      schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a', 'zz'] },
      expected: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    },
    {
      name: 'a list of item schemas is its first',
      schema: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] },
      expected: { type: 'array', items: { type: 'string' } },
    },
    {
      name: 'a boolean schema allows anything',
      schema: { type: 'array', items: true },
      expected: { type: 'array', items: {} },
    },
  ])('$name', ({ schema, expected }) => {
    expect(cleanProperty(schema)).toEqual(expected);
  });
});

describe('malformed schemas are mended', () => {
  test('bare properties get an object around them', () => {
    expect(clean({ type: { type: 'string' }, n: { $ref: '#/$defs/N' } })).toEqual({
      type: 'object',
      properties: { type: { type: 'string' }, n: { type: 'object', description: 'See: N' } },
    });
  });

  test('a demand written on the property moves to its parent', () => {
    expect(
      clean({
        type: 'object',
        properties: { a: { type: 'string', required: true }, b: { type: 'string', required: false } },
      }),
    ).toEqual({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a'] });
  });

  test('the input of a function is an object in any case', () => {
    expect(clean({})).toEqual({ type: 'object', properties: {} });
    expect(clean({ type: 'string' })).toEqual({ type: 'object', properties: {} });
  });
});

test('a nullable property is not required', () => {
  const schema = {
    type: 'object',
    properties: { u: { type: ['integer', 'null'], minimum: 1, maxLength: 5 } },
    required: ['u'],
    additionalProperties: false,
  };
  expect(clean(schema)).toEqual({
    type: 'object',
    properties: { u: { type: 'integer', minimum: 1, description: '(nullable) (maxLength: 5)' } },
    description: 'No extra properties allowed',
  });
});

test('properties named like keywords survive', () => {
  const names = [
    'default',
    'title',
    'format',
    '$ref',
    'enum',
    'required',
    'type',
    'properties',
    'x-y',
    'const',
    '__proto__',
  ];
  const properties: JsonObject = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  expect(clean({ type: 'object', properties, required: ['default', 'required'] })).toEqual({
    type: 'object',
    properties,
    required: ['default', 'required'],
  });
});

test('cleaning does not change the schema it is given', () => {
  const schema = { type: 'object', properties: { a: { type: ['string', 'null'], default: 'x' } }, required: ['a'] };
  const before = structuredClone(schema);
  clean(schema);
  expect(schema).toEqual(before);
});

test('a bottomless schema is refused, not a crash', () => {
  let schema: JsonObject = { type: 'string' };
  for (let depth = 0; depth < 5000; depth++) schema = { type: 'array', items: schema };
  expect(() => clean(schema)).toThrow(RequestFault);
});

const keyword = fc.constantFrom(
  'type',
  'properties',
  'items',
  'anyOf',
  'allOf',
  'enum',
  'required',
  'description',
  'format',
  'const',
  'default',
  '$ref',
  'additionalProperties',
  'if',
  'then',
  'not',
);
const { schema: anySchema } = fc.letrec<{ schema: JsonObject; value: JsonObject }>((tie) => ({
  schema: fc.dictionary(keyword, fc.oneof({ maxDepth: 4 }, tie('value'), tie('schema')), { maxKeys: 4 }),
  value: fc.oneof(
    fc.constantFrom('string', 'object', 'null', true, false, 3, null),
    fc.array(fc.oneof(fc.constantFrom('string', 'null', 'a', 1), tie('schema')), { maxLength: 3 }),
  ) as fc.Arbitrary<never>,
}));

test('no schema makes it throw, and a clean schema holds only what Google takes', () => {
  const forbidden = /"(\$ref|\$defs|anyOf|oneOf|allOf|const|if|then|else|default|format|title)":/;
  fc.assert(
    fc.property(anySchema, (schema) => {
      const cleaned = clean(schema);
      expect(cleaned['type']).toBe('object');
      const withoutNames = JSON.stringify(cleaned, (key, value) =>
        key === 'properties' && typeof value === 'object' && value !== null ? Object.values(value) : value,
      );
      expect(withoutNames).not.toMatch(forbidden);
    }),
    { numRuns: 500 },
  );
});

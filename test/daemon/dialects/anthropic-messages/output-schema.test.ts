import { expect, test } from 'vitest';
import { outputSchema } from '../../../../src/daemon/dialects/anthropic-messages/output-schema.js';

test('what the model cannot enforce becomes words, at every depth, and names are left alone', () => {
  const schema = {
    type: 'object',
    properties: {
      maximum: { type: 'integer', minimum: 1, maximum: 9, description: 'A size' },
      tags: { type: 'array', minItems: 2, items: { type: 'string', maxLength: 3 } },
      either: { oneOf: [{ type: 'string' }, { type: 'object', properties: {} }] },
    },
    required: ['maximum'],
  };
  expect(outputSchema(schema)).toEqual({
    type: 'object',
    additionalProperties: false,
    properties: {
      maximum: { type: 'integer', description: 'A size (minimum: 1, maximum: 9)' },
      tags: { type: 'array', items: { type: 'string', description: '(maxLength: 3)' }, description: '(minItems: 2)' },
      either: { anyOf: [{ type: 'string' }, { type: 'object', properties: {}, additionalProperties: false }] },
    },
    required: ['maximum'],
  });
});

test('a schema that needs nothing stays as it is', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  expect(outputSchema(schema)).toEqual(schema);
});

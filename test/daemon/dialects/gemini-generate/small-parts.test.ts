import { describe, expect, test } from 'vitest';
import { openCallIds } from '../../../../src/daemon/dialects/gemini-generate/call-ids.js';
import { toJsonSchema } from '../../../../src/daemon/dialects/gemini-generate/openapi-schema.js';
import { byteOfUnit, findSegment, unitOfByte } from '../../../../src/daemon/dialects/gemini-generate/text-offsets.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';

describe('calls and responses are paired', () => {
  test('by id where there is one', () => {
    const ids = openCallIds();
    expect([ids.call('a', 'f'), ids.call('b', 'f')]).toEqual(['a', 'b']);
    expect([ids.response('b', 'f'), ids.response('a', 'f')]).toEqual(['b', 'a']);
  });

  test('by name, first come first served, then by position', () => {
    const ids = openCallIds();
    const calls = ['f', 'g', 'f', 'h'].map((name) => ids.call(undefined, name));
    expect(new Set(calls).size).toBe(4);
    const answered = ['g', 'f', 'f', 'other'].map((name) => ids.response(undefined, name));
    expect(answered).toEqual([calls[1], calls[0], calls[2], calls[3]]);
  });

  test('never with a number that the client uses itself', () => {
    const ids = openCallIds();
    ids.call('call_gemini_1', 'f');
    expect(ids.call('', 'f')).toBe('call_gemini_2');
  });

  test('not at all where nothing fits', () => {
    const ids = openCallIds();
    ids.call('a', 'f');
    expect(ids.response('z', 'f')).toBe('z');
    expect(openCallIds().response(undefined, 'f')).toMatch(/^call_gemini_/);
  });
});

describe('offsets', () => {
  const text = 'aä€😀b';

  test('count bytes there and units here', () => {
    const units = [0, 1, 2, 3, 5, 6];
    const bytes = [0, 1, 3, 6, 10, 11];
    expect(bytes.map((byte) => unitOfByte(text, byte))).toEqual(units);
    expect(units.map((unit) => byteOfUnit(text, unit))).toEqual(bytes);
    expect([2, 8, 12].map((byte) => unitOfByte(text, byte))).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    { name: 'bytes', segment: { start: 3, end: 10, text: '€😀' }, range: { start: 2, end: 5 } },
    { name: 'characters', segment: { start: 2, end: 5, text: '€😀' }, range: { start: 2, end: 5 } },
    {
      name: 'neither, but the text is there',
      segment: { start: 90, end: 99, text: '😀b' },
      range: { start: 3, end: 6 },
    },
    {
      name: 'bytes without a text to check',
      segment: { start: 0, end: 3, text: undefined },
      range: { start: 0, end: 2 },
    },
    { name: 'nothing', segment: { start: 0, end: 1, text: 'zz' }, range: undefined },
  ])('of a segment are $name', ({ segment, range }) => {
    expect(findSegment(text, segment)).toEqual(range);
  });
});

describe('the schema language of Google becomes JSON Schema', () => {
  test('on every level, and names are left alone', () => {
    const schema = {
      type: 'OBJECT',
      properties: {
        nullable: { type: 'STRING', nullable: true, enum: ['A'] },
        list: { type: 'ARRAY', min_items: '1', items: { type: 'INTEGER', format: 'int32' } },
      },
      any_of: [{ type: 'NUMBER', nullable: false }],
      propertyOrdering: ['list'],
      defs: { Type: { type: 'BOOLEAN' } },
    };
    expect(toJsonSchema(schema, 'p')).toEqual({
      type: 'object',
      properties: {
        nullable: { type: ['string', 'null'], enum: ['A', null] },
        list: { type: 'array', minItems: 1, items: { type: 'integer', format: 'int32' } },
      },
      anyOf: [{ type: 'number' }],
      $defs: { Type: { type: 'boolean' } },
    });
  });

  test('and a bottomless one is refused', () => {
    let schema: JsonObject = {};
    for (let depth = 0; depth < 5000; depth++) schema = { items: schema };
    expect(() => toJsonSchema(schema, 'tools[0]')).toThrow(RequestFault);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openWireBody, wireBodyOf } from '../../../src/daemon/engine/wire-body.js';
import { RequestFault } from '../../../src/daemon/ir/error.js';
import type { JsonValue } from '../../../src/daemon/ir/json.js';

const open = (text: string) => openWireBody(Buffer.from(text));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('a body kept as bytes', () => {
  test('stays as it was, number spelling, key order and white space included', () => {
    const source = '{ "10": 1.0, "model" : "m",\n "n": 1e3, "s": "a\\"b\\\\" }';
    const body = open(source);
    expect(body.get('model')).toBe('m');
    expect(body.get('s')).toBe('a"b\\');
    expect(text(body.bytes)).toBe(source);
  });

  test('changes only the member that is set', () => {
    const body = open('{"b":1.0,"model":"m","10":[{"x":"}"}]}');
    body.set('model', 'other');
    body.set('b', undefined);
    body.set('new', { y: 1 });
    expect(text(body.bytes)).toBe('{"model":"other","10":[{"x":"}"}],"new":{"y":1}}');
    expect(body.toJSON()).toEqual({ model: 'other', 10: [{ x: '}' }], new: { y: 1 } });
  });

  test('a fork knows nothing of edits', () => {
    const body = open('{"model":"m"}');
    body.set('model', 'changed');
    const fork = body.fork();
    fork.set('stream', true);
    expect(text(fork.bytes)).toBe('{"model":"m","stream":true}');
    expect(text(body.bytes)).toBe('{"model":"changed"}');
  });

  test.each([
    '',
    '   ',
    '[]',
    '"x"',
    '{',
    '{"a":1',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    '{"a":nul}',
    '{"a":1} x',
    '{"a":"',
    '{"a":[1}',
    '{"a":1}{"b":2}',
  ])('refuses %j', (source) => {
    expect(() => open(source).toJSON()).toThrow(RequestFault);
  });

  test('refuses a routing member that stands there twice', () => {
    expect(() => open('{"model":"a","model":"b"}')).toThrow(/stands in the body twice/);
    expect(() => open('{"stream":true,"x":1,"stream":false}')).toThrow(/"stream"/);
  });

  test('edits agree with editing the parsed object', () => {
    const key = fc
      .oneof(fc.constantFrom('model', 'a', '1'), fc.string({ maxLength: 5 }))
      .filter((name) => name !== '__proto__');
    const edit = fc.tuple(key, fc.option(fc.jsonValue(), { nil: undefined }));
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue(), { maxKeys: 6 }),
        fc.array(edit, { maxLength: 5 }),
        fc.nat(2),
        (object, edits, indent) => {
          const body = open(JSON.stringify(object, undefined, indent));
          const expected: Record<string, unknown> = { ...JSON.parse(JSON.stringify(object)) };
          for (const [name, value] of edits) {
            body.set(name, value as JsonValue | undefined);
            if (value === undefined) delete expected[name];
            else expected[name] = JSON.parse(JSON.stringify(value));
          }
          expect(JSON.parse(text(body.bytes))).toEqual(expected);
        },
      ),
    );
  });
});

test('a translated body is printed with its edits', () => {
  const body = wireBodyOf({ model: 'm', x: 1 });
  body.set('model', 'n');
  body.set('x', undefined);
  expect(text(body.bytes)).toBe('{"model":"n"}');
});

describe('the text of one member', () => {
  test('is what came, until it is edited', () => {
    const body = openWireBody(Buffer.from('{"a": [1.50], "b":2}')).fork();
    const text = (key: string): string | undefined => {
      const raw = body.raw?.(key);
      return raw && Buffer.from(raw).toString();
    };
    expect(text('a')).toBe('[1.50]');
    body.set('a', [3]);
    expect(text('a')).toBe('[3]');
    body.set('a', undefined);
    expect([text('a'), text('none')]).toEqual([undefined, undefined]);
  });

  test('is not to be had of an object', () => {
    expect(wireBodyOf({ a: 1 }).raw).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/daemon/ir/json.js';
import { placesOf, removePlace, setPlace, targetsOf, valuesAt } from '../../../src/daemon/payload/edit.js';
import { parsePath } from '../../../src/daemon/payload/path.js';
import { relayed } from '../../support/provider.js';

/** The document of gjson's own description of its syntax, and a few names that need care. */
const doc: JsonObject = {
  name: { first: 'Tom', last: 'Anderson' },
  age: 37,
  children: ['Sara', 'Alex', 'Jack'],
  'fav.movie': 'Deer Hunter',
  'a*b': 1,
  friends: [
    { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb', 'tw'], vip: true },
    { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'], vip: false },
    { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
  ],
  none: null,
  numbers: { '7': 'seven' },
};

const found = (path: string, body: JsonObject = doc): readonly JsonValue[] => {
  const steps = parsePath(path);
  if (steps === undefined) throw new Error(`no path: ${path}`);
  return valuesAt(relayed(body), steps);
};

describe('a path finds', () => {
  test.each<[string, readonly JsonValue[]]>([
    ['name.last', ['Anderson']],
    ['.name.last', ['Anderson']],
    ['name|last', ['Anderson']],
    ['age', [37]],
    ['children.1', ['Alex']],
    ['children.7', []],
    ['children.first', []],
    ['child*.2', ['Jack']],
    ['c?ildren.0', ['Sara']],
    ['fav\\.movie', ['Deer Hunter']],
    ['a\\*b', [1]],
    ['none', [null]],
    ['missing.deeper', []],
    ['numbers.7', ['seven']],
    ['numbers.:7', ['seven']],
    ['friends.#.age', [44, 68, 47]],
    ['friends.1.last', ['Craig']],
    ['toString', []],
    ['name.__proto__', []],
  ])('%s: %j', (path, expected) => {
    expect(found(path)).toEqual(expected);
  });
});

describe('a query finds', () => {
  test.each<[string, readonly JsonValue[]]>([
    ['friends.#(last=="Murphy").first', ['Dale']],
    ['friends.#(last=="Murphy")#.first', ['Dale', 'Jane']],
    ['friends.#[last="Murphy"]#.first', ['Dale', 'Jane']],
    ['friends.#(last==Murphy)#.first', ['Dale', 'Jane']],
    ['friends.#(last!="Murphy")#.first', ['Roger']],
    ['friends.#(age>45)#.last', ['Craig', 'Murphy']],
    ['friends.#(age>=47)#.age', [68, 47]],
    ['friends.#(age<47)#.age', [44]],
    ['friends.#(age<=47)#.age', [44, 47]],
    ['friends.#(first%"D*").last', ['Murphy']],
    ['friends.#(first!%"D*").last', ['Craig']],
    ['friends.#(first>"E")#.first', ['Roger', 'Jane']],
    ['friends.#(nets.#(=="fb"))#.first', ['Dale', 'Roger']],
    ['friends.#(vip)#.first', ['Dale', 'Roger']],
    ['friends.#(vip==true)#.first', ['Dale']],
    ['friends.#(vip==~true)#.first', ['Dale']],
    ['friends.#(vip==~false)#.first', ['Roger', 'Jane']],
    ['friends.#(vip==~null)#.first', ['Jane']],
    ['friends.#(vip==~*)#.first', ['Dale', 'Roger']],
    ['friends.#(last=="Murphy" && age>45).first', ['Jane']],
    ['friends.#(age==68 || first=="Jane")#.first', ['Roger', 'Jane']],
    ['children.#(%"*a*")#', ['Sara', 'Jack']],
    ['children.#(=="Alex")', ['Alex']],
    ['friends.#(first=="D.(e")#.first', []],
    ['friends.#(age=="x")#.first', []],
    ['name.#(first=="Tom").last', []],
    ['friends.#(last=="Murphy")#.nets.#', ['ig', 'fb', 'tw', 'ig', 'tw']],
  ])('%s: %j', (path, expected) => {
    expect(found(path)).toEqual(expected);
  });

  test('a quote, a bracket and a dot inside of text', () => {
    const body = {
      list: [
        { k: 'a).b"c', v: 1 },
        { k: 'x', v: 2 },
      ],
    };
    expect(found('list.#(k=="a).b\\"c").v', body)).toEqual([1]);
  });
});

test.each(['', '.', 'a..b', 'a.@reverse', '{a,b}', '[a,b]', '!"x"', 'a.#(b==1', 'a.#()'])('"%s" is no path', (path) => {
  expect(parsePath(path)).toBeUndefined();
});

function written(path: string, value: JsonValue, body: JsonObject): JsonObject {
  const wire = relayed(body);
  for (const place of targetsOf(wire, parsePath(path) ?? [])) setPlace(wire, place, value);
  return wire.toJSON();
}

describe('writing to a path', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['a', {}, { a: 9 }],
    ['a', { a: 1 }, { a: 9 }],
    ['a.b.c', {}, { a: { b: { c: 9 } } }],
    ['a.b', { a: { c: 1 } }, { a: { c: 1, b: 9 } }],
    ['a.b', { a: 'text' }, { a: { b: 9 } }],
    ['a.b', { a: null }, { a: { b: 9 } }],
    ['a.1', { a: [1, 2, 3] }, { a: [1, 9, 3] }],
    ['a.-1', { a: [1] }, { a: [1, 9] }],
    ['a.-1', {}, { a: [9] }],
    ['a.0.b', {}, { a: [{ b: 9 }] }],
    ['a.3', { a: [1] }, { a: [1, null, null, 9] }],
    ['a.:0', {}, { a: { '0': 9 } }],
    ['a.0', { a: {} }, { a: { '0': 9 } }],
    ['a.b', { a: [1] }, { a: [1] }],
    ['a\\.b', {}, { 'a.b': 9 }],
    ['a.#.b', { a: [{ b: 1 }, {}, { b: 2 }] }, { a: [{ b: 9 }, {}, { b: 9 }] }],
    ['a.b*', { a: { c: 1 } }, { a: { c: 1 } }],
    ['a.b*', { a: { bb: 1 } }, { a: { bb: 9 } }],
    ['a.#(b==1).c', { a: [{ b: 1 }, { b: 1 }, { b: 2 }] }, { a: [{ b: 1, c: 9 }, { b: 1 }, { b: 2 }] }],
    ['a.#(b==1)#.c', { a: [{ b: 1 }, { b: 1 }, { b: 2 }] }, { a: [{ b: 1, c: 9 }, { b: 1, c: 9 }, { b: 2 }] }],
    ['a.#(b==3)#.c', { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
  ])('%s in %j', (path, body, expected) => {
    expect(written(path, 9, body)).toEqual(expected);
  });

  test('leaves the prototype of things alone', () => {
    const body = written('__proto__.polluted', true, {});
    expect(Object.hasOwn(body, '__proto__')).toBe(true);
    expect('polluted' in {}).toBe(false);
  });

  test('leaves the bytes of other members as they were', () => {
    const wire = relayed({ a: 1, b: { c: 1.5 } });
    setPlace(wire, ['a'], 2);
    expect(Buffer.from(wire.bytes).toString()).toBe('{"a":2,"b":{"c":1.5}}');
  });
});

test.each<[string, JsonObject, JsonObject]>([
  ['a', { a: 1, b: 2 }, { b: 2 }],
  ['a.b', { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
  ['a.1', { a: [1, 2, 3] }, { a: [1, 3] }],
  ['a.#.b', { a: [{ b: 1, c: 1 }, { b: 2 }] }, { a: [{ c: 1 }, {}] }],
  ['a.#(b==1)#', { a: [{ b: 1 }, { b: 2 }, { b: 1 }] }, { a: [{ b: 2 }] }],
  ['a.x.y', { a: { b: 1 } }, { a: { b: 1 } }],
  ['x', { a: 1 }, { a: 1 }],
])('removing %s from %j', (path, body, expected) => {
  const wire = relayed(body);
  for (const place of [...placesOf(wire, parsePath(path) ?? [])].reverse()) removePlace(wire, place);
  expect(wire.toJSON()).toEqual(expected);
});

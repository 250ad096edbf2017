import { expect, test } from 'vitest';
import { snapshotOf } from '../../support/runtime.js';

const chainOf = (map: string, name: string): string[] =>
  snapshotOf(`
api-keys: [sk-test-client]
quota-exceeded: { fallback-models: ${map} }
openai-compatibility:
  - name: acme
    base-url: http://127.0.0.1:9
    models: [{ name: a }, { name: b }, { name: c }]
`)
    .plan.fallbacksOf(name)
    .map((route) => route.name);

test.each([
  { title: 'follows replacements of replacements', map: '{ a: b, b: c }', chain: ['b', 'c'] },
  { title: 'ends a cycle', map: '{ a: b, b: a }', chain: ['b'] },
  { title: 'does not replace a model by itself', map: '{ a: a }', chain: [] },
  { title: 'passes over a name that nobody serves', map: '{ a: nobody, nobody: c }', chain: ['c'] },
  { title: 'ignores case', map: '{ A: B }', chain: ['b'] },
  { title: 'takes a thinking suffix off', map: "{ a: 'b(high)' }", chain: ['b'] },
  { title: 'is empty without a map', map: '{}', chain: [] },
])('$title', ({ map, chain }) => {
  expect(chainOf(map, 'a')).toEqual(chain);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSkim, type Skim } from '../../../src/daemon/engine/skim.js';

/** Builds all of it again, with nothing but the skim. */
function rebuild(skim: Skim, source: string): unknown {
  switch (skim.kind()) {
    case 'string':
      return JSON.parse(`"${skim.text(Number.MAX_SAFE_INTEGER)}"`);
    case 'array': {
      const items: unknown[] = [];
      skim.each('array', () => {
        items.push(rebuild(skim, source));
        return true;
      });
      return items;
    }
    case 'object': {
      const members: [string, unknown][] = [];
      skim.each('object', (key) => {
        members.push([JSON.parse(`"${key}"`), rebuild(skim, source)]);
        return true;
      });
      return Object.fromEntries(members);
    }
    default:
      skim.skip();
      return null;
  }
}

/** Scalars other than texts are skipped by it. */
const withoutScalars = (text: string): unknown =>
  JSON.parse(text, (_key, value) => (typeof value === 'number' || typeof value === 'boolean' ? null : value));

test('reads what JSON.parse reads, however it is printed', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, (key, member) => (key.length > 10 ? undefined : member), indent) ?? 'null';
      expect(rebuild(openSkim(Buffer.from(text)), text)).toEqual(withoutScalars(text));
    }),
  );
});

test('skipping a value leads to the one behind it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const skim = openSkim(Buffer.from(JSON.stringify([value, 'behind'])));
      let found: string | undefined;
      let index = 0;
      skim.each('array', () => {
        if (index++ === 0) skim.skip();
        else found = skim.text(100);
        return true;
      });
      expect(found).toBe('behind');
    }),
  );
});

test('never looks further than it may, nor goes round in a broken text', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (text, steps) => {
      const skim = openSkim(Buffer.from(text), steps);
      for (let turn = 0; turn < 3; turn++) skim.each('array', () => true);
      skim.each('object', () => true);
      expect(['string', 'array', 'object', 'other', 'end']).toContain(skim.kind());
    }),
  );
  const long = openSkim(Buffer.from(`[${'1,'.repeat(100_000)}"end"]`), 1000);
  let items = 0;
  long.each('array', () => {
    long.skip();
    items++;
    return true;
  });
  expect(items).toBeLessThan(1000);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Where a pitfall of a vendor's page is tested: a file under `test`, and titles of tests in it. */
export interface Proof {
  readonly file: string;
  readonly titles: readonly string[];
}

export interface Pitfalls {
  /** As many as the vendor's page has; they are numbered from 1. */
  readonly count: number;
  readonly proofs: Readonly<Record<number, readonly Proof[]>>;
  /** Those that the calling file tests itself. */
  readonly here: readonly number[];
}

/** Every pitfall has a test, and the tests that are named for it are there. */
export function provesPitfalls({ count, proofs, here }: Pitfalls): void {
  test.each(Object.entries(proofs).map(([number, given]) => ({ number: Number(number), given })))(
    'pitfall $number has the tests that are named for it',
    ({ given }) => {
      expect(given.flatMap(missingTitles)).toEqual([]);
    },
  );

  test('every pitfall has its test', () => {
    const numbers = [...Object.keys(proofs).map(Number), ...here].sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });
}

/** Names proofs in one file. */
export const proofsIn =
  (file: string) =>
  (...titles: readonly string[]): Proof => ({ file, titles });

const root = new URL('../', import.meta.url);

function missingTitles({ file, titles }: Proof): readonly string[] {
  const text = readFileSync(new URL(file, root), 'utf8');
  return titles.filter((title) => !text.includes(`'${title}'`));
}

import { expect, test } from 'vitest';
import { patternOf } from '../../../src/shared/config/pattern.js';

test.each([
  { source: 'quota.*used', text: 'your quota is used up', matches: true },
  { source: 'quota', text: 'QUOTA', matches: false },
  { source: '(?i)quota', text: 'QUOTA', matches: true },
  { source: '(?is)a.b', text: 'A\nB', matches: true },
  { source: '(?m)^b$', text: 'a\nb', matches: true },
  { source: '(?:a|b)c', text: 'bc', matches: true },
])('$source on $text: $matches', ({ source, text, matches }) => {
  expect(patternOf(source)?.test(text)).toBe(matches);
});

test.each(['(', 'a(?i)b', '(?U)a', '[z-a]'])('%s is no pattern', (source) => {
  expect(patternOf(source)).toBeUndefined();
});

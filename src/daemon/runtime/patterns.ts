/** Matches any of the patterns: `*` stands for any run of characters, case does not matter. */
export function matcherOf(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => false;
  const expressions = patterns.map((pattern) => {
    const literal = pattern.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literal.join('.*')}$`, 'is');
  });
  return (text) => expressions.some((expression) => expression.test(text));
}

/** Whether a name fits a shell pattern: `*`, `?` and `[...]`, case ignored. */
export function matchesName(pattern: string, name: string): boolean {
  return toRegExp(pattern).test(name);
}

const toRegExp = (pattern: string): RegExp => {
  const source = pattern.replace(/\*+|\?|\[!?[^\]]+\]|[\\^$.|+(){}[\]]/g, (token) => {
    if (token.startsWith('*')) return '.*';
    if (token === '?') return '.';
    if (token.length > 1) return `[${token.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    return `\\${token}`;
  });
  return new RegExp(`^${source}$`, 'i');
};

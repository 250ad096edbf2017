const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `*`: any run of characters, `?`: any one; behind a backslash they are themselves. */
export function wildcardOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\\([\s\S])|([*?])|([^\\*?]+)/g,
    (_, escaped?: string, wild?: string, plain?: string) =>
      wild === undefined ? escapePattern(escaped ?? plain ?? '') : wild === '*' ? '.*' : '.',
  );
  return new RegExp(`^${source}$`, 's');
}

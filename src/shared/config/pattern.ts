/**
 * A regular expression of the config. Existing files are written for Go, whose leading flags, such as `(?i)`, become ours.
 * @returns `undefined` when the text is no pattern.
 */
export function patternOf(source: string): RegExp | undefined {
  const [prefix = '', flags = ''] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  try {
    return new RegExp(source.slice(prefix.length), [...new Set(`u${flags}`)].join(''));
  } catch {
    return undefined;
  }
}

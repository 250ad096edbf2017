/** Keys and list positions from the top of the file down to a value. */
export type Path = readonly (string | number)[];

/** `claude-api-key[0].weight`; keys that would be misread are quoted: `payload.override[0].params["a.b"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (!/^[\w$-]+$/.test(segment)) text += `[${JSON.stringify(segment)}]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}

/** One text per path, for use as a map key. */
export const pathKey = (path: Path): string => JSON.stringify(path);

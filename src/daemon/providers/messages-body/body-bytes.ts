import type { WireBody } from '../../dialects/dialect.js';

/**
 * Whether one of the texts may stand in a member: asked before a long one is parsed. A body that is an object already
 * costs nothing to look into, and says yes. Texts of eight signs or more are found by a fast search.
 */
export function mayHold(body: WireBody, key: string, ...texts: readonly string[]): boolean {
  if (body.raw === undefined) return true;
  const view = viewOf(body, key);
  return view !== undefined && texts.some((text) => view.includes(text));
}

/** What stands behind each place of a text in a member, up to `length` bytes of it. */
export function textBehind(body: WireBody, key: string, text: string, length: number): readonly string[] {
  const view = viewOf(body, key);
  const found: string[] = [];
  if (view === undefined) return found;
  for (let at = view.indexOf(text); at !== -1; at = view.indexOf(text, at + text.length)) {
    const from = at + text.length;
    found.push(view.toString('latin1', from, from + length));
  }
  return found;
}

function viewOf(body: WireBody, key: string): Buffer | undefined {
  const bytes = body.raw?.(key);
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import type { WireBody } from '../dialects/dialect.js';

/** `/responses/compact` answers whole and does not know the member (openai-compat.md 3). */
export function dropStream(body: WireBody): void {
  if (body.get('stream') !== undefined) body.set('stream', undefined);
}

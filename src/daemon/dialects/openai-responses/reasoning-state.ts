import { type Opaque, openOpaque, sealOpaque } from '../../ir/opaque.js';
import type { ReasoningPart } from '../../ir/request.js';
import { DIALECT } from './wire.js';

type State = Pick<ReasoningPart, 'opaque' | 'redacted'>;

/**
 * Marks, inside a sealed value, thinking whose text its vendor hid. Without it an empty text could as well be thinking
 * that was only not shown, which goes back in another form.
 */
const REDACTED = 'redacted0';

/** Reads `encrypted_content`. */
export function readState(encrypted: string): State {
  const opaque: Opaque = openOpaque(encrypted, DIALECT);
  if (opaque.origin === DIALECT || !opaque.value.startsWith(REDACTED)) return { opaque };
  return { opaque: { origin: opaque.origin, value: opaque.value.slice(REDACTED.length) }, redacted: true };
}

/** Prints the state of any vendor for `encrypted_content`; the client sends it back unread. */
export function printState({ opaque, redacted }: State): string | undefined {
  if (opaque === undefined) return undefined;
  const isMarked = redacted && opaque.origin !== DIALECT;
  return sealOpaque(isMarked ? { origin: opaque.origin, value: REDACTED + opaque.value } : opaque, DIALECT);
}

import { type Opaque, openOpaque, sealOpaque } from '../../ir/opaque.js';
import type { ReasoningPart } from '../../ir/request.js';
import { ID } from './wire.js';

/**
 * Tells the data of a hidden thinking block from a signature once it stands in another dialect's slot. Signatures start
 * with an upper-case letter.
 */
const REDACTED_MARK = 'redacted0';

/** What a signature slot holds; `undefined` for an empty one. */
export const readSignature = (value: string | undefined): Opaque | undefined =>
  value === undefined || value === '' ? undefined : openOpaque(value, ID);

/** What the `data` of a redacted block holds. */
export function readRedacted(data: string): Opaque {
  const opaque = openOpaque(data, ID);
  return opaque.origin === ID ? { origin: ID, value: `${REDACTED_MARK}${opaque.value}` } : opaque;
}

/** A thinking block's secret as this dialect spells it. */
export type Secret =
  | { readonly kind: 'signature'; readonly value: string }
  | { readonly kind: 'redacted'; readonly value: string };

/** The slot and text for an opaque value; a foreign one is sealed. */
export function printSecret(opaque: Opaque, isRedacted: boolean): Secret {
  if (opaque.origin === ID && opaque.value.startsWith(REDACTED_MARK)) {
    return { kind: 'redacted', value: opaque.value.slice(REDACTED_MARK.length) };
  }
  return { kind: isRedacted ? 'redacted' : 'signature', value: sealOpaque(opaque, ID) };
}

/** First letters of base64 that Claude's signatures decode from: seen E, R (twice encoded) and C (newest models). */
const SIGNATURE = /^[ERC][A-Za-z0-9+/_=-]*$/;

/** The secret of a thinking part that Claude itself issued; `undefined` for any other, which must not be sent. */
export function ownSecret({ opaque, redacted }: ReasoningPart): Secret | undefined {
  if (opaque?.origin !== ID) return undefined;
  const secret = printSecret(opaque, redacted === true);
  return secret.kind === 'redacted' || SIGNATURE.test(secret.value) ? secret : undefined;
}

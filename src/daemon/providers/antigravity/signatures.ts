import type { ModelFamily } from '../../dialects/gemini-generate/issuer.js';
import { ID, SIGNATURE_BYPASS } from '../../dialects/gemini-generate/wire.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { isSealed, openOpaque, sealOpaque } from '../../ir/opaque.js';

const ANTHROPIC = 'anthropic-messages';
/** First letters of base64 that Claude's signatures decode from: E, and C of the newest models. */
const CLAUDE = /^[EC][A-Za-z0-9+/_-]+=*$/;

const GOOGLE = /^[\w+/-]+=*$/;

export interface Signing {
  readonly family: ModelFamily;
  /** Claude's signatures go out encoded once more, as the service gives them. */
  readonly isWrapped: boolean;
  /** The service has refused a signature of this conversation: none is sent. */
  readonly withoutAny: boolean;
}

/** Gives the parts of one turn of the model the signatures they may have, and takes out thoughts that nobody vouches for. */
export function signTurn(parts: readonly JsonObject[], signing: Signing): readonly JsonObject[] {
  // Of calls that are made together, only the first one has a signature.
  const firstCall = parts.findIndex(isCall);
  return parts.flatMap((part, index) => {
    const { thoughtSignature, ...unsigned } = part;
    const signature = sendable(thoughtSignature, signing);
    if (signing.family === 'google') {
      // The bypass stands in for a lost signature where one is asked for: on the first call, and on pictures.
      const isOwn = signature !== undefined && (signature !== SIGNATURE_BYPASS || isObject(part['inlineData']));
      if (isOwn) return [{ ...unsigned, thoughtSignature: signature }];
      if (index === firstCall) return [{ ...unsigned, thoughtSignature: SIGNATURE_BYPASS }];
      return part['thought'] === true ? [] : [unsigned];
    }
    if (part['thought'] !== true) return [unsigned];
    const { text } = part;
    const isSaid = typeof text === 'string' && text.trim() !== '';
    return signature !== undefined && isSaid ? [{ ...unsigned, thoughtSignature: signature }] : [];
  });
}

const isCall = (part: JsonObject): boolean => part['functionCall'] !== undefined;

/** What the client returned, where it comes from the vendor of this model. Its looks say nothing of that, so its seal does. */
function sendable(value: JsonValue | undefined, { family, isWrapped, withoutAny }: Signing): string | undefined {
  if (typeof value !== 'string' || value === '' || withoutAny) return undefined;
  if (family === 'google') return isSealed(value) || !GOOGLE.test(value) ? undefined : value;
  const opaque = openOpaque(value, ID);
  if (family !== 'anthropic' || opaque.origin !== ANTHROPIC) return undefined;
  const plain = unwrapped(opaque.value);
  if (!CLAUDE.test(plain)) return undefined;
  return isWrapped ? wrapped(plain) : plain;
}

/** Whether there is a signature that a refusal could be about. */
export const hasSignature = (contents: JsonValue | undefined): boolean =>
  /"thought_?[sS]ignature":"(?!skip_thought_signature_validator")/.test(JSON.stringify(contents ?? []));

/** A signature of an answer of Claude's, with its issuer's name, for a slot of Google's; both forms become the plain one. */
export const sealClaude = (signature: string): string =>
  sealOpaque({ origin: ANTHROPIC, value: unwrapped(signature) }, ID);

/** Encoded once more than Anthropic does. */
export const isWrapped = (signature: string): boolean => unwrapped(signature) !== signature;

const wrapped = (plain: string): string => Buffer.from(plain, 'latin1').toString('base64');

function unwrapped(signature: string): string {
  if (CLAUDE.test(signature)) return signature;
  const inner = Buffer.from(signature, 'base64').toString('latin1');
  return CLAUDE.test(inner) ? inner : signature;
}

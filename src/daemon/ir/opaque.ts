/**
 * Vendor state that must go back unchanged to the vendor that issued it and to nobody else: a thinking signature,
 * encrypted reasoning, a thought signature.
 */
export interface Opaque {
  /** The dialect that issued it: `anthropic-messages`, `openai-responses`, `gemini-generate`, `openai-chat`. */
  readonly origin: string;
  readonly value: string;
}

/** Begins a value that travels in another dialect's slot. Kept free of characters that base64 checks refuse. */
export const SEAL = 'cliproxy0';
const ORIGIN_CODES: readonly (readonly [string, string])[] = [
  ['anthropic-messages', 'A'],
  ['openai-responses', 'R'],
  ['gemini-generate', 'G'],
  ['openai-chat', 'C'],
  ['kiro', 'K'],
];

/** Whether a slot holds state of another vendor, which its own vendor must never see. */
export const isSealed = (value: unknown): boolean => typeof value === 'string' && value.startsWith(SEAL);

/** The text to put into the slot of `slotDialect` (signature, encrypted_content, thoughtSignature). */
export function sealOpaque(opaque: Opaque, slotDialect: string): string {
  if (opaque.origin === slotDialect) return opaque.value;
  const code = ORIGIN_CODES.find(([origin]) => origin === opaque.origin)?.[1];
  return code === undefined ? opaque.value : `${SEAL}${code}${opaque.value}`;
}

/** Reads a slot of `slotDialect`: a tagged value names its issuer; an untagged one belongs to the slot's own dialect. */
export function openOpaque(value: string, slotDialect: string): Opaque {
  if (value.startsWith(SEAL)) {
    const origin = ORIGIN_CODES.find(([, code]) => code === value[SEAL.length])?.[0];
    if (origin !== undefined) return { origin, value: value.slice(SEAL.length + 1) };
  }
  return { origin: slotDialect, value };
}

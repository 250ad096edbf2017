import { createHash, randomBytes } from 'node:crypto';
import { PRODUCT } from '../../../shared/version.js';
import type { Turn } from './pair-responses.js';

const SIXTY_THREE_BITS = 0x7fff_ffff_ffff_ffffn;

/**
 * Keeps a conversation with the service's cache of it: the same in every process, and never the same for two accounts.
 * @param key What the client calls the conversation, else its first words; absent: nobody can tell it from others.
 */
export function sessionIdOf(accountKey: string, key: string | undefined): string {
  const bytes =
    key === undefined
      ? randomBytes(8)
      : createHash('sha256').update(`${PRODUCT}:antigravity:session\0${accountKey}\0${key}`).digest();
  return `-${bytes.readBigUInt64BE(0) & SIXTY_THREE_BITS}`;
}

/** What the user said first: of the first turn that begins with words. */
export function firstWords(turns: readonly Turn[]): string | undefined {
  for (const { role, parts } of turns) {
    const text = role === 'user' ? parts[0]?.['text'] : undefined;
    if (typeof text === 'string' && text.trim() !== '') return text;
  }
  return undefined;
}

import type { ModelInfo } from '../../ir/model.js';
import { ID } from './wire.js';

/** Whose model it is that answers on Google's wire. */
export type ModelFamily = 'google' | 'anthropic' | 'other';

export function familyOf(modelId: string): ModelFamily {
  if (/claude/i.test(modelId)) return 'anthropic';
  return /^gpt/i.test(modelId) ? 'other' : 'google';
}

const ISSUERS: Readonly<Record<ModelFamily, string>> = {
  google: ID,
  // One vendor's signatures, whoever serves the model; should one server refuse another's, they are left out and asked again.
  anthropic: 'anthropic-messages',
  // Issues nothing that is known, and so gets nothing back.
  other: 'nobody',
};

/** Who signs the thoughts of a model: they may go back to it, and to nobody else. */
export const issuerOf = ({ id, traits }: Pick<ModelInfo, 'id' | 'traits'>): string =>
  traits.has('antigravity') ? ISSUERS[familyOf(id)] : ID;

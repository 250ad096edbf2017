import { isObject, type JsonObject } from '../../ir/json.js';
import { SIGNATURE_BYPASS } from './wire.js';

export type Turn = {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
};

/**
 * Gemini 3 answers 400 when the first call of a step, or a picture it made, comes back without its signature. Parallel
 * calls after the first have none.
 */
export function bypassLostSignatures(turns: readonly Turn[]): void {
  for (const { role, parts } of turns) {
    if (role !== 'model') continue;
    const firstCall = parts.findIndex((part) => part['functionCall'] !== undefined);
    parts.forEach((part, index) => {
      if (part['thoughtSignature'] !== undefined) return;
      if (index !== firstCall && part['inlineData'] === undefined) return;
      parts[index] = { ...part, thoughtSignature: SIGNATURE_BYPASS };
    });
  }
}

export interface CloseOptions {
  readonly hasSystemField: boolean;
  readonly warn: (reason: string) => void;
}

/** Applies what concerns the conversation as a whole: prefill, first turn, and the place of the system prompt. */
export function closeTurns(
  turns: Turn[],
  system: readonly string[],
  { hasSystemField, warn }: CloseOptions,
): { readonly contents: readonly Turn[]; readonly systemInstruction?: JsonObject } {
  const systemParts = system.map((text) => ({ text }));
  if (turns.length === 0)
    return { contents: [{ role: 'user', parts: systemParts.length === 0 ? [{ text: '' }] : systemParts }] };
  replacePrefill(turns, warn);
  if (turns[0]?.role === 'model') turns.unshift({ role: 'user', parts: [{ text: '' }] });
  if (systemParts.length === 0) return { contents: turns };
  if (hasSystemField) return { contents: turns, systemInstruction: { parts: systemParts } };
  prependSystem(turns, system.join('\n'));
  return { contents: turns };
}

/** Google has no prefill: a last turn of the model becomes a request to go on from there. */
function replacePrefill(turns: Turn[], warn: (reason: string) => void): void {
  const last = turns.at(-1);
  if (last?.role !== 'model' || last.parts.some((part) => part['functionCall'] !== undefined)) return;
  turns.pop();
  const text = last.parts.map((part) => (part['thought'] === true ? '' : String(part['text'] ?? ''))).join('');
  if (last.parts.some((part) => isObject(part['inlineData']))) warn('media in the last turn of the model are left out');
  const parts = [{ text: text === '' ? '' : `Continue from: ${text}` }];
  const before = turns.at(-1);
  if (before?.role === 'user') {
    if (text !== '') before.parts.push(...parts);
  } else {
    turns.push({ role: 'user', parts });
  }
}

/** Gemma has no system field: the text goes before the first words of the user. */
function prependSystem(turns: readonly Turn[], system: string): void {
  const parts = turns[0]?.parts;
  const first = parts?.[0];
  if (parts === undefined) return;
  if (typeof first?.['text'] === 'string') {
    parts[0] = { ...first, text: first['text'] === '' ? system : `${system}\n\n${first['text']}` };
  } else parts.unshift({ text: system });
}

import type { DialectId, WireBody } from '../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../ir/json.js';

export type PromptMode = 'prepend' | 'append' | 'replace';

/** Puts a system prompt before, behind or in place of the one that a request has, in the upstream's own format. */
export function putSystemPrompt(body: WireBody, dialect: DialectId, mode: PromptMode, prompt: string): void {
  switch (dialect) {
    case 'anthropic-messages':
      return body.set('system', joined(mode, textBlock(prompt), blocksOf(body.get('system'))));
    case 'openai-chat':
      return body.set('messages', withMessage(listOf(body.get('messages')), mode, prompt));
    case 'openai-responses':
      return body.set('instructions', withText(body.get('instructions'), mode, prompt));
    case 'gemini-generate': {
      const member = body.get('system_instruction') === undefined ? 'systemInstruction' : 'system_instruction';
      const system = body.get(member);
      const parts = isObject(system) ? listOf(system['parts']) : [];
      return body.set(member, { ...(isObject(system) ? system : {}), parts: joined(mode, { text: prompt }, parts) });
    }
    case 'kiro':
      return body.set('system', withText(body.get('system'), mode, prompt));
    case 'openai-completions':
      // A plain text to be continued has no system prompt.
      return;
  }
}

function joined(mode: PromptMode, ours: JsonObject, theirs: readonly JsonValue[]): readonly JsonValue[] {
  if (mode === 'replace') return [ours];
  return mode === 'prepend' ? [ours, ...theirs] : [...theirs, ours];
}

const textBlock = (text: string): JsonObject => ({ type: 'text', text });

function blocksOf(system: JsonValue | undefined): readonly JsonValue[] {
  if (typeof system === 'string') return system.trim() === '' ? [] : [textBlock(system)];
  return listOf(system);
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** Behind the messages that open the conversation, since some upstreams take system messages nowhere else. */
function withMessage(messages: readonly JsonValue[], mode: PromptMode, prompt: string): readonly JsonValue[] {
  const ours = { role: 'system', content: prompt };
  if (mode === 'replace') return [ours, ...messages.filter((message) => !isSystem(message))];
  if (mode === 'prepend') return [ours, ...messages];
  const first = messages.findIndex((message) => !isSystem(message));
  const at = first === -1 ? messages.length : first;
  return [...messages.slice(0, at), ours, ...messages.slice(at)];
}

const isSystem = (message: JsonValue): boolean =>
  isObject(message) && (message['role'] === 'system' || message['role'] === 'developer');

function withText(present: JsonValue | undefined, mode: PromptMode, prompt: string): string {
  if (typeof present !== 'string' || present.trim() === '' || mode === 'replace') return prompt;
  return mode === 'prepend' ? `${prompt}\n\n${present}` : `${present}\n\n${prompt}`;
}

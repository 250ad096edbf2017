import { firstValue } from '../api-key.js';
import type { ClientHeaders } from '../provider.js';

/**
 * Whether the request comes from a Codex client of OpenAI: it names itself in two headers alike, and carries the ids of
 * its thread (seen with Codex CLI 0.169.0, 2026-11).
 */
export function isCodexClient(dialect: string, headers: ClientHeaders): boolean {
  if (dialect !== 'openai-responses') return false;
  const originator = firstValue(headers['originator'])?.trim() ?? '';
  const agent = firstValue(headers['user-agent']) ?? '';
  const hasThread = ['thread-id', 'x-codex-window-id', 'x-codex-turn-metadata', 'conversation_id'].some(
    (name) => headers[name] !== undefined,
  );
  return /^codex/i.test(originator) && agent.toLowerCase().startsWith('codex') && hasThread;
}

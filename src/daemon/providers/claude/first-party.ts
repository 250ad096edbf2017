import { firstValue } from '../api-key.js';
import type { ClientHeaders } from '../provider.js';

/**
 * Whether the request comes from Claude Code itself. Other clients send its User-Agent and `x-app` too; the session
 * header is its own (seen with Claude Code 2.1.330, 2026-11).
 */
export function isClaudeCode(dialect: string, headers: ClientHeaders): boolean {
  if (dialect !== 'anthropic-messages') return false;
  const session = firstValue(headers['x-claude-code-session-id'])?.trim() ?? '';
  const agent = firstValue(headers['user-agent']) ?? '';
  return session !== '' && agent.startsWith('claude-cli/') && firstValue(headers['x-app']) === 'cli';
}

import type { PolicyCard } from '../account.js';

export const claudePolicy: PolicyCard = {
  standing: 'forbidden',
  summary:
    'Anthropic reserves plan logins for Claude Code and its own apps and does not permit other products to route requests through them; API keys are the permitted way.',
  clientOwner: 'Claude Code (Anthropic)',
  sources: [{ url: 'https://code.claude.com/docs/en/legal-and-compliance', date: '2026-11-24' }],
};

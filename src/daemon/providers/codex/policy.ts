import type { PolicyCard } from '../account.js';

export const codexPolicy: PolicyCard = {
  standing: 'unclear',
  summary:
    'OpenAI offers the ChatGPT sign-in for Codex; other programs use it under their own names, and nothing published permits or forbids that.',
  clientOwner: 'Codex CLI (OpenAI)',
  sources: [
    { url: 'https://developers.openai.com/codex/auth', date: '2026-11-24' },
    { url: 'https://github.com/openai/codex/issues/10974', date: '2026-11-24' },
  ],
};

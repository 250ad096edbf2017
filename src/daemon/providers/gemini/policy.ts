import type { PolicyCard } from '../account.js';

export const geminiPolicy: PolicyCard = {
  standing: 'permitted',
  summary:
    'Google documents OAuth for the Gemini API with a client of your own: any program may use it, and your own project is billed for it.',
  clientOwner: 'you: a Google Cloud OAuth client of your own',
  sources: [
    { url: 'https://ai.google.dev/gemini-api/docs/oauth', date: '2026-11-24' },
    { url: 'https://ai.google.dev/gemini-api/terms', date: '2026-11-24' },
  ],
};

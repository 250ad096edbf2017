import type { PolicyCard } from '../account.js';

export const antigravityPolicy: PolicyCard = {
  standing: 'forbidden',
  summary:
    'Google’s FAQ calls third-party software on an Antigravity login a violation of its terms, and accounts have been suspended for it; Google points to Gemini API or Vertex AI keys instead. Off until `antigravity.enabled: true`.',
  clientOwner: 'you: a Google Cloud OAuth client of your own',
  // As quoted in public discussions of that date.
  sources: [
    { url: 'https://antigravity.google/docs/faq', date: '2026-07-01' },
    { url: 'https://antigravity.google/terms', date: '2026-07-01' },
  ],
};

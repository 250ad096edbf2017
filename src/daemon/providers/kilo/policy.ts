import type { PolicyCard } from '../account.js';

export const kiloPolicy: PolicyCard = {
  standing: 'permitted',
  summary:
    'Kilo documents its gateway for any client, by plain HTTP or any SDK; models are paid from your Kilo balance or your organisation’s, and free ones may train on prompts.',
  clientOwner: 'none: Kilo’s device login has no client id',
  sources: [{ url: 'https://kilo.ai/docs/gateway', date: '2026-11-24' }],
};

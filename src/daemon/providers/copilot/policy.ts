import type { PolicyCard } from '../account.js';

export const copilotPolicy: PolicyCard = {
  standing: 'unclear',
  summary:
    'GitHub documents no programme for other clients; some use Copilot plans openly, and no published term is known that permits or forbids a gateway. Unusual load may be limited.',
  clientOwner: 'GitHub Copilot editor plugins (GitHub)',
  sources: [
    {
      url: 'https://github.com/customer-terms',
      date: '2026-11-24',
    },
    { url: 'https://github.com/orgs/community/discussions/213719', date: '2026-11-24' },
  ],
};

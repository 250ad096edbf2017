import type { PolicyCard } from '../account.js';

export const kiroPolicy: PolicyCard = {
  standing: 'unclear',
  summary:
    'AWS offers this sign-in for Kiro and Amazon Q; nothing published permits or forbids other programs under their own names, and accounts are locked for unusual activity.',
  clientOwner: 'cliproxyctl, registered with AWS at each login',
  sources: [
    { url: 'https://aws.amazon.com/service-terms/', date: '2026-11-24' },
    { url: 'https://github.com/kirodotdev/Kiro/issues/11397', date: '2026-11-24' },
  ],
};

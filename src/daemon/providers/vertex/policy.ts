import type { PolicyCard } from '../account.js';

export const vertexPolicy: PolicyCard = {
  standing: 'permitted',
  summary:
    'Vertex AI is an API for programs: any client may use it, and your own Google Cloud project is billed for it.',
  clientOwner: 'none: your own service account, or your own gcloud login',
  sources: [
    { url: 'https://cloud.google.com/vertex-ai/generative-ai/docs/start/gcp-auth', date: '2026-11-24' },
    { url: 'https://cloud.google.com/terms', date: '2026-11-24' },
  ],
};

import type { AccountContract } from '../../../../support/provider-contract-types.js';
import { copilotFile, startFakeCopilot } from '../../../../support/vendors/copilot.js';
import { failuresOf, openingOf } from './replies.js';

const MODEL = 'gpt-4.1';

const LISTED = {
  id: MODEL,
  model_picker_enabled: true,
  supported_endpoints: ['/chat/completions'],
  billing: { multiplier: 0 },
  capabilities: { type: 'chat' },
};

export const copilot: AccountContract = {
  kind: 'account',
  model: MODEL,
  models: [
    {
      id: MODEL,
      userDefined: false,
      traits: [],
      endpoints: ['/chat/completions'],
      planMultiplier: 0,
      maxOutputTokens: 16_000,
    },
  ],
  cannot: { reasoning: 'GPT-4.1 does not reason' },
  isInference: (path) => path.endsWith('/chat/completions'),
  failure: failuresOf('openai-chat'),
  opening: openingOf('openai-chat'),
  async start() {
    const vendor = await startFakeCopilot({ 'openai-chat': MODEL });
    vendor.models = { status: 200, body: { data: [LISTED] } };
    return {
      origin: vendor.origin,
      settings: (origin) => `oauth-endpoints: { github-copilot: { api: '${origin}' } }
oauth-upstream: { github-copilot: '${origin}' }
`,
      file: copilotFile(),
      close: vendor.close,
    };
  },
  files: [
    { name: 'as this and other gateways write it', fields: copilotFile(), facts: { label: 'ann' } },
    {
      name: 'of a fork, whose time is the short token’s',
      fields: { ...copilotFile(), type: 'copilot', api_token_expires_at: 1_790_000_000 },
      facts: { label: 'ann' },
    },
    {
      name: 'with the e-mail alone',
      fields: { type: 'github', access_token: 'ghu_test_token', email: 'ann@example.com' },
      facts: { label: 'ann@example.com' },
    },
  ],
  broken: [{ name: 'without a token', fields: { type: 'github-copilot', username: 'ann' }, names: /access_token/ }],
};

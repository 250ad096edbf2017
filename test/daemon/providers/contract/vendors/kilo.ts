import type { AccountContract, FailureName } from '../../../../support/provider-contract-types.js';
import { kiloFile, startFakeKilo } from '../../../../support/vendors/kilo.js';
import { openingOf } from './replies.js';

const MODEL = 'z-ai/glm-5';

const STATUS: Readonly<Record<FailureName, number>> = {
  unauthorized: 401,
  forbidden: 403,
  billing: 402,
  'model-missing': 404,
  'rate-limit': 429,
  server: 500,
  overloaded: 503,
  invalid: 400,
};

export const kilo: AccountContract = {
  kind: 'account',
  model: MODEL,
  models: [
    {
      id: MODEL,
      userDefined: false,
      traits: [],
      contextTokens: 200_000,
      inputModalities: ['text', 'image'],
      thinking: { zeroAllowed: true, dynamicAllowed: false, levels: ['low', 'medium', 'high'] },
    },
  ],
  isInference: (path) => path.endsWith('/chat/completions'),
  failure: (name) => ({
    status: STATUS[name],
    headers: name === 'rate-limit' ? { 'retry-after': '60' } : {},
    body: { error: { message: `Kilo says ${name}`, code: STATUS[name] } },
  }),
  opening: openingOf('openai-chat'),
  async start() {
    const vendor = await startFakeKilo({ 'openai-chat': [MODEL] });
    vendor.models = [{ id: MODEL, name: MODEL, pricing: { prompt: '0.000001', completion: '0.000002' } }];
    return {
      origin: vendor.origin,
      settings: (origin) => `oauth-endpoints: { kilo: { api: '${origin}' } }\n`,
      file: kiloFile(),
      close: vendor.close,
    };
  },
  files: [
    {
      name: 'as Kilo’s own client writes it',
      fields: kiloFile(),
      facts: { label: 'ann@example.com', canRefresh: false },
    },
    {
      name: 'with the usual names',
      fields: { type: 'kilo', access_token: 'eyJhbGciOi.test.kilo', organization_id: 'org-0001' },
      facts: { label: 'Kilo login, org-0001' },
    },
  ],
  broken: [
    { name: 'without a token', fields: { type: 'kilo', email: 'ann@example.com' }, names: /kilocodeToken/ },
    {
      name: 'with an organisation that is no id',
      fields: kiloFile({ kilocodeOrganizationId: 'a\r\nb' }),
      names: /kilocodeOrganizationId/,
    },
  ],
};

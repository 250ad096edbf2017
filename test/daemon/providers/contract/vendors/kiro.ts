import { isObject } from '../../../../../src/daemon/ir/json.js';
import { eventFrame } from '../../../../support/event-stream.js';
import { startKiroFake } from '../../../../support/oauth/kiro.js';
import type { AccountContract, FailureName } from '../../../../support/provider-contract-types.js';
import type { SeenRequest } from '../../../../support/vendors/front.js';
import { kiroFile, METADATA, partsOf, startFakeKiro } from '../../../../support/vendors/kiro.js';
import { nameOf, toolsOf } from '../../../../support/vendors/kiro-rules.js';

const MODEL = 'claude-sonnet-4.5';
const REFRESH_ROUTE = 'POST /refreshToken';

/** kiro.md §6: what kind of failure it is, the reason says. */
const FAILURES: Readonly<Record<FailureName, readonly [number, string | null, string]>> = {
  unauthorized: [401, null, 'The security token included in the request is invalid.'],
  forbidden: [403, null, 'User is not authorized to access this resource.'],
  billing: [402, 'MONTHLY_REQUEST_COUNT', 'You have reached the limit.'],
  'model-missing': [400, 'INVALID_MODEL_ID', 'Invalid model. Please select a different model to continue.'],
  'rate-limit': [429, 'USER_REQUEST_RATE_EXCEEDED', 'Too many requests.'],
  server: [500, null, 'Encountered an unexpected error.'],
  overloaded: [503, null, 'Service unavailable.'],
  invalid: [400, 'CONTENT_LENGTH_EXCEEDS_THRESHOLD', 'Input is too long.'],
};

export const kiro: AccountContract = {
  kind: 'account',
  renews: true,
  spendsRefreshTokens: true,
  model: MODEL,
  models: [
    {
      id: MODEL,
      userDefined: false,
      traits: [],
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      thinking: { min: 1024, max: 64_000, zeroAllowed: true, dynamicAllowed: false, levels: [] },
    },
  ],
  isInference: (path) => path.endsWith('/generateAssistantResponse'),
  failure(name) {
    const [status, reason, message] = FAILURES[name];
    const headers = name === 'rate-limit' ? { 'retry-after': '60' } : {};
    return { status, headers, body: { message, reason } };
  },
  // The last frame is cut in its middle.
  opening: [
    eventFrame('assistantResponseEvent', { content: 'Hello from a ' }),
    eventFrame('assistantResponseEvent', { content: 'cut answer' }),
    eventFrame('assistantResponseEvent', { content: 'and no more' }).subarray(0, 20),
  ],
  async start() {
    const vendor = await startFakeKiro();
    vendor.answer = weatherAnswer;
    return {
      origin: vendor.origin,
      settings: (origin) => `oauth-endpoints: { kiro: { api: '${origin}', oidc: '${origin}' } }\n`,
      file: kiroFile(),
      stale: kiroFile({ access_token: 'aoaAAAAA-stale-token' }),
      close: vendor.close,
    };
  },
  files: [
    {
      name: 'as this and other gateways write it',
      fields: kiroFile({ expires_at: '2026-01-01T13:00:00Z' }),
      facts: { label: 'ann@example.com', canRefresh: true, expiresAt: Date.parse('2026-01-01T13:00:00Z') },
    },
    {
      name: 'of the IDE, in camel case',
      fields: {
        type: 'kiro',
        accessToken: 'aoaAAAAA-x',
        refreshToken: 'aorAAAAAG-x',
        expiresAt: '2026-01-01T13:00:00Z',
      },
      facts: { canRefresh: true, expiresAt: Date.parse('2026-01-01T13:00:00Z') },
    },
    {
      name: 'an API key, which does not end',
      fields: { type: 'kiro', access_token: 'ksk_test', auth_method: 'api-key' },
      facts: { canRefresh: false },
    },
  ],
  broken: [{ name: 'without a token', fields: kiroFile({ access_token: '' }), names: /access_token/ }],
  async desk() {
    const login = await startKiroFake();
    return {
      endpoints: login.endpoints,
      fields: {
        type: 'kiro',
        access_token: 'aoaAAAAA-old-token',
        refresh_token: login.socialToken,
        auth_method: 'social',
        profile_arn: 'arn:aws:codewhisperer:us-east-1:1:profile/SOCIAL',
        expires_at: '2026-01-01T13:00:00Z',
      },
      asked: () => login.requests.filter(({ route }) => route === REFRESH_ROUTE).length,
      next: (...answers) => login.next(REFRESH_ROUTE, ...answers),
      good: ({ access, refresh }) => ({
        body: { accessToken: access, expiresIn: 3600, ...(refresh === undefined ? {} : { refreshToken: refresh }) },
      }),
      close: login.close,
    };
  },
};

/** Thinks when told to, calls the tool once, and says what it was asked, shown or given. */
function weatherAnswer({ body }: SeenRequest): readonly Buffer[] {
  const { message, text, opening } = partsOf(body);
  const input = isObject(message['userInputMessage']) ? message['userInputMessage'] : {};
  const context = isObject(input['userInputMessageContext']) ? input['userInputMessageContext'] : {};
  const results = JSON.stringify(context['toolResults'] ?? '');
  const [tool] = toolsOf(message);
  const seen = input['images'] === undefined ? '' : ' with an image';
  const thoughts = opening.includes('<thinking_mode>') ? '<thinking>\nLet me see.</thinking>\n\n' : '';
  const said = `${thoughts}Hello from kiro: ${text.split('\n\n').at(-1) ?? ''}${seen} ${/sunny/.exec(results)?.[0] ?? ''}`;
  const frames = (said.match(/\s*\S+/g) ?? []).map((content) => eventFrame('assistantResponseEvent', { content }));
  if (tool !== undefined && !results.includes('sunny')) {
    const use = { toolUseId: 'tooluse_01', name: nameOf(tool) };
    frames.push(
      eventFrame('toolUseEvent', { ...use }),
      eventFrame('toolUseEvent', { ...use, input: '{"city":"Paris"}' }),
      eventFrame('toolUseEvent', { ...use, stop: true }),
    );
  }
  return [...frames, METADATA];
}

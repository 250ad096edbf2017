import { z } from 'zod';
import {
  flag,
  headers,
  integer,
  list,
  oneOf,
  optionalFlag,
  optionalInteger,
  optionalOneOf,
  optionalText,
  section,
  text,
  textList,
} from './fields.js';
import { errorRules, models } from './models.js';
import { usableEntries } from './usable.js';

const MAX_WEIGHT = 1_000_000;
const atLeastZero = { correct: (value: number) => Math.max(0, value) };

const weight = () => integer('share under weighted-round-robin; 0 or less = none', 1, { max: MAX_WEIGHT });

/** What every key entry may have. */
const commonShape = () => ({
  priority: integer('higher is tried first', 0),
  prefix: optionalText('serve the models as prefix/model; one path segment').transform(readPrefix).optional(),
  'base-url': optionalText('root of the upstream API; absent = the provider itself'),
  headers: headers('further upstream headers; $Name copies a header of the client'),
  models: models(),
  'excluded-models': textList('models not to offer, * as wildcard; "*" alone switches the entry off'),
  'disable-cooling': optionalFlag('true: never rest; false: always rest; absent = as above'),
  'request-retry': optionalInteger('own number of further rounds; negative or absent = as above')
    .transform((rounds) => (rounds === undefined || rounds < 0 ? undefined : rounds))
    .optional(),
  'max-concurrent': optionalInteger('most requests at a time, per key; 0 or absent = no limit', atLeastZero),
  'request-scoped-errors': errorRules(),
});

const keyShape = () => ({
  'api-key': text('key of the upstream'),
  weight: weight(),
  'proxy-url': optionalText('own proxy; direct or none = no proxy'),
  ...commonShape(),
});

const websockets = () => flag('use the Responses WebSocket upstream');
const rateLimit = () =>
  section('limits of this entry', {
    rpm: optionalInteger('requests per minute'),
    tpm: optionalInteger('tokens per minute'),
    rpd: optionalInteger('requests per day'),
    tpd: optionalInteger('tokens per day'),
    'wait-on-limit': flag('wait for room instead of moving on'),
    'max-wait-seconds': integer('longest such wait, in seconds', 30),
  }).optional();

const dedicated = (name: string) =>
  list(`${name} keys`, section(`a ${name} key`, { ...keyShape(), 'rate-limit': rateLimit() }));

const THRESHOLDS = ['off', 'block-none', 'block-only-high', 'block-medium-and-above', 'block-low-and-above'] as const;
/** Google writes them with underscores, and YAML may take `off` for a flag. */
const threshold = (category: string) =>
  z
    .preprocess(
      (value) => (value === false ? 'off' : typeof value === 'string' ? value.trim().replaceAll('_', '-') : value),
      optionalOneOf(`from when on ${category} is blocked`, THRESHOLDS),
    )
    .optional();
const safetySettings = () =>
  section("Google's filters, for requests that set none; absent = Google's own thresholds", {
    harassment: threshold('harassment'),
    'hate-speech': threshold('hate speech'),
    'sexually-explicit': threshold('sexually explicit content'),
    'dangerous-content': threshold('dangerous content'),
    'civic-integrity': threshold('content on elections'),
  }).optional();
const googleKey = (name: string) => section(`a ${name} key`, { ...keyShape(), 'safety-settings': safetySettings() });

/** Slashes around a prefix do not count; one inside makes it none. */
function readPrefix(prefix: string | undefined): string | undefined {
  const trimmed = prefix?.replace(/^\/+|\/+$/g, '');
  return trimmed === undefined || trimmed === '' || trimmed.includes('/') ? undefined : trimmed;
}

/** A list of entries; the useless ones are left out, and `check/entries.ts` says which. */
const entries = <Shape extends z.ZodRawShape>(
  name: string,
  description: string,
  item: z.ZodObject<Shape, z.core.$loose>,
) =>
  z
    .array(item, { error: 'a list' })
    .transform((items) => usableEntries(name, items))
    .default([])
    .meta({ description });

/** Lists of upstream keys, one per provider. */
export const providerShape = {
  'gemini-api-key': entries('gemini-api-key', 'Gemini API keys', googleKey('Gemini')),
  'interactions-api-key': entries(
    'interactions-api-key',
    'Gemini keys for the native Interactions API',
    section('an Interactions key', keyShape()),
  ),
  'claude-api-key': entries(
    'claude-api-key',
    'Claude API keys, and upstreams that speak the Messages API',
    section('a Claude key', {
      ...keyShape(),
      'rebuild-mid-system-message': flag('move messages of role system into the top-level system field'),
      'auth-header': optionalOneOf('how the key is sent; absent = x-api-key to Anthropic, bearer elsewhere', [
        'x-api-key',
        'bearer',
        'both',
      ]),
      'auto-cache': flag('set prompt-cache breakpoints when a request has none', true),
    }),
  ),
  'codex-api-key': entries(
    'codex-api-key',
    'keys of upstreams that speak the Responses API',
    section('a Responses key', {
      ...keyShape(),
      websockets: websockets(),
      'alpha-search': flag('use the alpha search endpoint'),
      profile: oneOf('standard: a plain Responses API; codex-backend: the backend of Codex logins', [
        'standard',
        'codex-backend',
      ]),
    }),
  ),
  'xai-api-key': entries('xai-api-key', 'xAI keys', section('an xAI key', { ...keyShape(), websockets: websockets() })),
  'vertex-api-key': entries('vertex-api-key', 'Vertex AI keys', googleKey('Vertex')),
  'openai-compatibility': entries(
    'openai-compatibility',
    'upstreams that speak the Chat Completions API',
    section('an OpenAI-compatible provider', {
      name: text('name of the provider, unique', 'openai-compatibility'),
      ...commonShape(),
      disabled: flag('off without being removed'),
      'support-prompt-cache-key': flag('derive and send prompt_cache_key'),
      'api-key-entries': list(
        'keys of this provider; none = requests without a key',
        section('a key', {
          'api-key': optionalText('key'),
          weight: weight(),
          'proxy-url': optionalText('own proxy; direct or none = no proxy'),
        }),
      ),
      'models-endpoint': text('path of the model list', '/v1/models'),
      'discover-models': flag('ask the upstream which models it has'),
      'test-model': optionalText('kept for the web page that wrote it; no effect'),
    }),
  ),
  kiro: entries(
    'kiro',
    'Kiro accounts',
    section('a Kiro account', {
      'token-file': optionalText(
        'file of another program that has the tokens, such as that of the Kiro IDE; only read',
      ),
      'access-token': optionalText('access token, or a Kiro API key'),
      'refresh-token': optionalText('refresh token; what it is traded for is kept in the state folder'),
      'profile-arn': optionalText('profile ARN'),
      region: text('AWS region of the login', 'us-east-1'),
      'start-url': optionalText('start URL of the identity centre'),
      'client-id': optionalText('client that a login with a start URL was registered with'),
      'client-secret': optionalText('secret of that client'),
      'proxy-url': optionalText('own proxy; direct or none = no proxy'),
      'agent-task-type': optionalText('vibe or spectask; dev and chat count as vibe'),
      'preferred-endpoint': optionalText('codewhisperer or amazonq'),
      origin: optionalText('quota pool that requests count for: AI_EDITOR or CLI; absent = AI_EDITOR'),
      optout: optionalFlag('false: AWS may use content for improving its service; absent = it may not'),
    }),
  ),
  'kiro-preferred-endpoint': optionalText('endpoint of Kiro accounts that name none: ide or cli'),
  cursor: list(
    'Cursor accounts',
    section('a Cursor account', {
      ...keyShape(),
      'token-file': optionalText('path of the token file'),
      'cursor-api-url': text('address of the local Cursor API', 'http://127.0.0.1:3000'),
      'auth-token': optionalText('token of the local Cursor API'),
    }),
  ),
  minimax: dedicated('MiniMax'),
  roo: dedicated('Roo'),
  kilo: entries(
    'kilo',
    'Kilo keys',
    section('a Kilo key', {
      ...keyShape(),
      'organization-id': optionalText('organisation that pays; absent = the personal account'),
      anonymous: flag('without a key: free models only, 200 requests an hour for your address'),
      'free-only': flag('offer free models only'),
      'data-collection': optionalOneOf('deny: only model providers that do not keep prompts', ['allow', 'deny']),
      'rate-limit': rateLimit(),
    }),
  ),
  deepseek: dedicated('DeepSeek'),
  groq: dedicated('Groq'),
  mistral: dedicated('Mistral'),
  siliconflow: dedicated('SiliconFlow'),
  openrouter: dedicated('OpenRouter'),
  together: dedicated('Together'),
  fireworks: dedicated('Fireworks'),
  novita: dedicated('Novita'),
};

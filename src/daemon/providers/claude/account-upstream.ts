import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { WireBody } from '../../dialects/dialect.js';
import type { FailureFacts } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';
import { accessTokenOf, fieldText, headersOf, tokenIdOf } from '../account-fields.js';
import { withoutTrailingSlash } from '../api-key.js';
import type { Call, Upstream, UpstreamRequest } from '../provider.js';
import { relayedHeaders } from '../relayed-headers.js';
import { classifyFailure, explainFailure, POLICY_REFUSAL } from './account-errors.js';
import { askedBetas, joinBetas } from './betas.js';
import { isClaudeCode } from './first-party.js';
import { claude } from './provider.js';
import { readClaudeQuota, readQuotaHeaders } from './quota.js';

/** Without it a bearer token of a subscription is refused. */
const OAUTH_BETA = 'oauth-2025-04-20';
const API_VERSION = '2023-06-01';
const HOUR_MS = 60 * 60_000;

/** Inference with a Claude login: as Claude Code's own request, or as what it is. */
export function openClaudeAccount(fields: JsonObject, context: AccountContext): Upstream {
  const { settings, clock } = context;
  const token = accessTokenOf(fields);
  const label = fieldText(fields, 'email') ?? 'a Claude login';
  const base = claudeBase(context);
  const plain = claude.bind({
    apiKey: token,
    baseUrl: base,
    authHeader: 'bearer',
    isVendor: true,
    rebuildsSystemTurns: fields['rebuild_mid_system_message'] === true,
    headers: headersOf(fields),
  });
  const spreadMs = 1000 * (1 + (Number.parseInt(tokenIdOf(token).slice(0, 6), 16) % 30));
  /** Anthropic refused what our own request says of itself: not asked again at once, so that it sees no stream of tries. */
  let refused: { readonly failure: FailureFacts; readonly until: number } | undefined;

  return {
    refuse({ dialect, headers }) {
      if (isClaudeCode(dialect, headers)) return undefined;
      if (settings.clientPolicy === 'first-party') return firstPartyOnly(label);
      return refused !== undefined && refused.until > clock.now() ? refused.failure : undefined;
    },
    quota: readQuotaHeaders,
    askQuota: () => readClaudeQuota(claudeUsageUrl(context), fields, context),
    passes: (header) => header.startsWith('anthropic-ratelimit-') || header === 'request-id',
    endpoint: (query) => plain.endpoint(query),
    prepare(call) {
      const dialect = call.asked?.dialect ?? '';
      return call.relay && isClaudeCode(dialect, call.clientHeaders)
        ? relayClaudeCode(call, token)
        : withOauthBeta(plain.prepare(call));
    },
    repair: (failure, body) => plain.repair?.(failure, body) ?? false,
    explain(failure, headers, now) {
      const explained = explainFailure(failure, headers, now, spreadMs);
      if (explained.code === POLICY_REFUSAL) refused = { failure: explained, until: now + HOUR_MS };
      return explained;
    },
    classify: classifyFailure,
  };
}

const apiRoot = ({ settings }: AccountContext): string =>
  withoutTrailingSlash(endpointOf(settings, 'api', VENDOR_URLS.anthropic));

const claudeBase = (context: AccountContext): string => context.settings.upstreamUrl ?? apiRoot(context);

export const claudeUsageUrl = (context: AccountContext): string =>
  endpointOf(context.settings, 'usage', `${apiRoot(context)}/api/oauth/usage`);

/** Its own headers and body; only the credential is ours, and the model where an alias stands for it. */
function relayClaudeCode({ endpoint, body, model, clientHeaders }: Call, token: string): UpstreamRequest {
  setIfOther(body, 'model', model.id);
  const headers: Record<string, string> = {
    'anthropic-version': API_VERSION,
    ...relayedHeaders(clientHeaders),
    'content-type': 'application/json',
    // We read the stream as it passes.
    'accept-encoding': 'identity',
    'anthropic-beta': joinBetas([...askedBetas(clientHeaders), OAUTH_BETA]),
    authorization: `Bearer ${token}`,
  };
  // Claude Code always asks with this query (seen with 2.1.330), which does not come with the headers.
  return { url: `${endpoint.url}?beta=true`, headers, body: body.bytes };
}

function setIfOther(body: WireBody, member: string, value: string): void {
  if (body.get(member) !== value) body.set(member, value);
}

function withOauthBeta({ url, headers, body }: UpstreamRequest): UpstreamRequest {
  const asked = headers['anthropic-beta'];
  const betas = asked === undefined ? [OAUTH_BETA] : [...asked.split(','), OAUTH_BETA];
  return { url, body, headers: { ...headers, 'anthropic-beta': joinBetas(betas) } };
}

const firstPartyOnly = (label: string): FailureFacts => ({
  reason: 'forbidden',
  status: 403,
  code: 'first_party_only',
  message: `the Claude login ${label} serves Claude Code only (oauth-client-policy: claude: first-party)`,
});

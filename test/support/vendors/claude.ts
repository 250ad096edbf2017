import { USER_AGENT } from '../../../src/shared/version.js';
import { startSimulatedUpstream } from '../upstream.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';

export const CLAUDE_TOKEN = 'sk-ant-oat01-test-token';

export interface FakeClaude extends Front {
  /** Response headers of inference, such as the unified limits. */
  limits: Record<string, string>;
  /** What the usage call answers. */
  usage: VendorAnswer;
  /** Takes only Claude Code, as reported of subscriptions. */
  refusesOthers: boolean;
}

export const REFUSAL =
  'This credential is only authorized for use with Claude Code and cannot be used for other API requests.';

const error = (status: number, type: string, message: string): VendorAnswer => ({
  status,
  body: { type: 'error', error: { type, message }, request_id: 'req_1' },
});

/** api.anthropic.com for subscription tokens, strict about who says what of itself. */
export async function startFakeClaude(models: readonly string[]): Promise<FakeClaude> {
  const dialect = await startSimulatedUpstream({ kind: 'anthropic-messages', apiKey: 'inner', models });
  const settings = {
    limits: {} as Record<string, string>,
    usage: { status: 500, body: {} } as VendorAnswer,
    refusesOthers: false,
  };
  const front = await startFront({
    isInference: ({ path }) => path.startsWith('/v1/messages'),
    handle(request) {
      if (request.headers.authorization !== `Bearer ${CLAUDE_TOKEN}`) {
        return error(401, 'authentication_error', 'Invalid bearer token');
      }
      if (request.path === '/api/oauth/usage') return settings.usage;
      const fault = faultOf(request);
      if (fault !== undefined) return error(400, 'invalid_request_error', fault);
      if (settings.refusesOthers && !isClaudeCode(request)) return error(400, 'invalid_request_error', REFUSAL);
      return {
        url: dialect.origin + request.path,
        headers: headersFor(request),
        replyHeaders: settings.limits,
      };
    },
  });
  return Object.assign(settings, front, {
    close: async () => {
      await front.close();
      await dialect.close();
    },
  });
}

/** What the vendor's dialect reads; the credential is the inner one. */
function headersFor({ headers }: SeenRequest): Record<string, string> {
  const betas = String(headers['anthropic-beta'] ?? '').split(',');
  const others = betas.filter((beta) => beta !== '' && !beta.startsWith('oauth-') && !beta.startsWith('claude-code-'));
  return {
    'x-api-key': 'inner',
    'anthropic-version': String(headers['anthropic-version']),
    ...(others.length === 0 ? {} : { 'anthropic-beta': others.join(',') }),
  };
}

const isClaudeCode = ({ headers }: SeenRequest): boolean =>
  headers['x-claude-code-session-id'] !== undefined && headers['x-app'] === 'cli';

/** What is not truthful, or not how the API wants it; `undefined` when all is well. */
function faultOf(request: SeenRequest): string | undefined {
  const { headers, query } = request;
  if (headers['x-api-key'] !== undefined) return 'both x-api-key and a bearer token';
  const betas = String(headers['anthropic-beta'] ?? '').split(',');
  if (!betas.includes('oauth-2025-04-20')) return 'OAuth authentication is currently not supported.';
  if (new Set(betas).size !== betas.length) return `a beta twice: ${betas.join()}`;
  if (headers['anthropic-version'] === undefined) return 'anthropic-version: header is required';
  for (const name of Object.keys(headers)) {
    if (/^(x-forwarded|x-cliproxy|x-cpa|cookie)/.test(name)) return `${name} is none of the vendor's business`;
  }
  if (isClaudeCode(request)) {
    if (query.get('beta') !== 'true') return 'Claude Code asks with ?beta=true';
    return headers['user-agent']?.startsWith('claude-cli/') === true ? undefined : 'a forged Claude Code';
  }
  if (headers['user-agent'] !== USER_AGENT) return `not our User-Agent: ${headers['user-agent']}`;
  const forged = Object.keys(headers).filter((name) => name === 'x-app' || /^x-(stainless|claude)-/.test(name));
  if (forged.length > 0) return `headers of another client: ${forged.join()}`;
  return betas.includes('claude-code-20250219') ? 'a beta that names another client' : undefined;
}

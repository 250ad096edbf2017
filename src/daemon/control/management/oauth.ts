import type { LoginView } from '../../../shared/contract/logins.js';
import type { oauth } from '../../../shared/contract/management/oauth.js';
import { AppError } from '../../../shared/errors.js';
import type { ControlPlane } from '../control-plane.js';
import { type OauthProvider, type OauthSession, openOauthSessions } from './oauth-sessions.js';
import {
  isObject,
  type ManagementCall,
  type ManagementHandlers,
  ManagementRefusal,
  type PlainReply,
  readJson,
} from './reply.js';

export interface OauthParts {
  readonly plane: Pick<ControlPlane, 'logins' | 'status'>;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Buffer;
  /** A page for the person at the browser; `reason`: the vendor's own words. */
  readonly page: (id: 'received' | 'denied' | 'used' | 'foreign' | 'empty', reason?: string) => PlainReply;
}

/** What a browser, or a person in its place, brought back. */
interface Callback {
  readonly provider: string;
  readonly state: string;
  readonly code: string;
  readonly error: string;
}

const ALIASES: Readonly<Record<string, OauthProvider>> = {
  antigravity: 'antigravity',
  'anti-gravity': 'antigravity',
  anthropic: 'anthropic',
  claude: 'anthropic',
  codex: 'codex',
  openai: 'codex',
  github: 'github',
  'github-copilot': 'github',
  kilo: 'kilo',
  kiro: 'kiro',
};
const UNKNOWN = 'unknown or expired state';
const KIRO_SOCIAL =
  'sign-in by Google or GitHub leads back to the Kiro IDE only; sign in there, and bring its login over at /v0/oauth/kiro';

/** Logins of web UIs: the same sessions that the command line has. */
export function oauthHandlers({ plane, now, randomBytes, page }: OauthParts): ManagementHandlers<typeof oauth> {
  const { logins } = plane;
  const sessions = openOauthSessions(logins, now);

  const inBrowser = async (provider: 'anthropic' | 'codex' | 'antigravity', { query, signal }: ManagementCall) => {
    const isWebUi = ['true', '1', 'yes', 'on'].includes(query.get('is_webui')?.toLowerCase() ?? '');
    const forwardTo = isWebUi ? `${(await plane.status()).listen.url}/${provider}/callback` : undefined;
    const stateOf = ({ url }: { readonly url: string }): string => new URL(url).searchParams.get('state') ?? '';
    const started = await sessions.start({
      provider,
      method: 'browser',
      event: 'open-url',
      forwardTo,
      stateOf,
      signal,
    });
    return { body: { status: 'ok' as const, url: started.event.url, state: started.state } };
  };

  const byDevice = async (provider: 'github' | 'kilo' | 'kiro', { signal }: ManagementCall) => {
    // A device login has no state of the vendor's.
    const stateOf = (): string => `${provider}-${randomBytes(16).toString('hex')}`;
    const started = await sessions.start({ provider, method: 'device', event: 'device-code', stateOf, signal });
    const { url, completeUrl = url, userCode, expiresAt } = started.event;
    return {
      body: {
        status: 'ok' as const,
        url: completeUrl,
        state: started.state,
        flow: 'device' as const,
        user_code: userCode,
        verification_uri: url,
        expires_in: Math.max(0, Math.round((expiresAt - now()) / 1000)),
      },
    };
  };

  /** Gives a login its answer; what is not taken is refused in the contract's words. */
  const take = async ({ provider, state, code, error }: Callback): Promise<void> => {
    if (state === '') throw refused(400, 'state is required');
    if (!isState(state)) throw refused(400, 'invalid state');
    if (code === '' && error === '') throw refused(400, 'code or error is required');
    const wanted = Object.hasOwn(ALIASES, provider) ? ALIASES[provider] : undefined;
    if (wanted === undefined) throw refused(400, 'unsupported provider');
    const session = sessions.find(state);
    const view = session && (await sessions.look(session));
    if (session === undefined || view === undefined) throw refused(404, UNKNOWN);
    if (session.provider !== wanted) throw refused(400, 'provider does not match state');
    if (view.state !== 'running') throw refused(409, endedText(view));
    const value = new URLSearchParams(error === '' ? { code, state } : { error, state }).toString();
    await answer(session, value);
  };
  const answer = async ({ id }: OauthSession, value: string): Promise<void> => {
    try {
      await logins.answer({ id, value });
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      if (thrown.code === 'login_unknown') throw refused(404, UNKNOWN);
      if (thrown.code === 'login_not_waiting') throw refused(409, 'oauth flow is not pending');
      throw refused(400, thrown.message);
    }
  };

  const landing = async (provider: OauthProvider, { query }: ManagementCall): Promise<PlainReply> => {
    const error = query.get('error') ?? '';
    const reason = query.get('error_description') || error;
    const code = query.get('code') ?? '';
    try {
      await take({ provider, state: query.get('state') ?? '', code, error: reason });
      return reason === '' ? page('received') : page('denied', reason);
    } catch (thrown) {
      if (!(thrown instanceof ManagementRefusal)) throw thrown;
      if (thrown.status === 409) return page('used');
      return page(code === '' && reason === '' && sessions.find(query.get('state') ?? '') ? 'empty' : 'foreign');
    }
  };

  return {
    startAnthropicLogin: (call) => inBrowser('anthropic', call),
    startCodexLogin: (call) => inBrowser('codex', call),
    startAntigravityLogin: (call) => inBrowser('antigravity', call),
    startGithubLogin: (call) => byDevice('github', call),
    startKiloLogin: (call) => byDevice('kilo', call),
    async startKiroLogin(call) {
      const method = call.query.get('method')?.trim().toLowerCase() ?? '';
      if (method === 'google' || method === 'github') throw refused(400, KIRO_SOCIAL);
      if (!['', 'aws', 'builder-id'].includes(method)) throw refused(400, 'unsupported method');
      const { body } = await byDevice('kiro', call);
      return { body: { ...body, method: 'device_code' as const } };
    },
    async getAuthStatus({ query }) {
      const state = query.get('state')?.trim() ?? '';
      if (state === '') return { body: { status: 'ok' } };
      if (!isState(state)) throw refused(400, 'invalid state');
      const session = sessions.find(state);
      const view = session && (await sessions.look(session));
      if (view === undefined) return { body: { status: 'error', error: UNKNOWN } };
      if (view.state === 'running') return { body: waitingBody(session, view) };
      return view.state === 'succeeded'
        ? { body: { status: 'ok' } }
        : { body: { status: 'error', error: failureText(view) } };
    },
    async cancelOauthSession({ query }) {
      const state = query.get('state')?.trim() ?? '';
      if (state === '') throw refused(400, 'missing state');
      if (!isState(state)) throw refused(400, 'invalid state');
      const session = sessions.find(state);
      const isRunning = session !== undefined && (await sessions.look(session))?.state === 'running';
      return { body: { status: 'ok', cancelled: isRunning && (await logins.cancel(session.id)) } };
    },
    async postOauthCallback({ request }) {
      const { value } = await readJson(request, 'invalid body').catch((): never => {
        throw refused(400, 'invalid body');
      });
      if (!isObject(value)) throw refused(400, 'invalid body');
      await take(callbackIn(value));
      return { body: { status: 'ok' } };
    },
    async getOauthCallback({ query }) {
      await take(callbackIn(Object.fromEntries(query)));
      return { body: { status: 'ok' } };
    },
    anthropicCallback: (call) => landing('anthropic', call),
    codexCallback: (call) => landing('codex', call),
    antigravityCallback: (call) => landing('antigravity', call),
  };
}

/** Members of their own win over what stands in the address. */
function callbackIn(body: Readonly<Record<string, unknown>>): Callback {
  const text = (name: string): string => {
    const value = body[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const address = text('redirect_url');
  if (address !== '' && !URL.canParse(address)) throw refused(400, 'invalid redirect_url');
  const query = address === '' ? new URLSearchParams() : new URL(address).searchParams;
  const either = (name: string): string => text(name) || (query.get(name)?.trim() ?? '');
  return {
    provider: text('provider').toLowerCase(),
    state: either('state'),
    code: either('code'),
    error: either('error_description') || either('error'),
  };
}

const refused = (status: number, error: string): ManagementRefusal =>
  new ManagementRefusal(status, { status: 'error', error });

const isState = (state: string): boolean => /^[A-Za-z0-9._-]{1,128}$/.test(state) && !state.includes('..');

/** Web UIs made for Kiro's logins find the code here; they get no other one. */
function waitingBody(session: OauthSession | undefined, { events }: LoginView) {
  const code = events.find((event) => event.type === 'device-code');
  if (session?.provider !== 'kiro' || code === undefined) return { status: 'wait' as const };
  const { url, completeUrl = url, userCode } = code;
  return { status: 'device_code' as const, verification_url: completeUrl, user_code: userCode };
}

function endedText(view: LoginView): string {
  if (view.state === 'succeeded') return 'oauth flow is already completed';
  return view.state === 'failed' ? failureText(view) : 'oauth flow is not pending';
}

const failureText = ({ error }: LoginView): string =>
  error?.code === 'login_timeout' ? 'Timeout waiting for OAuth callback' : (error?.message ?? 'the login failed');

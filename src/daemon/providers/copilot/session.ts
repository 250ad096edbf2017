import { AppError } from '../../../shared/errors.js';
import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { openAsking } from '../../login/short-lived.js';
import { callVendor, readRetryAfterMs, readVendorError, type VendorReply } from '../../login/vendor-call.js';
import { accessTokenOf, fieldText, instantOf } from '../account-fields.js';
import { acceptedAddress, addressesOf } from './addresses.js';
import { identityHeaders } from './headers.js';

/** How the GitHub token is used: as it is, or exchanged for one that lives half an hour. */
export type TokenMode = 'direct' | 'exchange';

/** What a request needs to be sent: a token that is good now, and where to. */
export interface CopilotSession {
  /** Makes sure both are there; `undefined`, or a promise of it: they are. */
  ready(): Promise<FailureFacts | undefined> | undefined;
  token(): string;
  baseUrl(): string;
  /** Drops the short-lived token; `true`: there was one, and another may be had. */
  forget(): boolean;
  /**
   * Goes over to the other way of using the token; `false`: it is known not to work, or not wanted. A way that is refused
   * like the first one is left again for good.
   */
  switchMode(): boolean;
  /** The way in use has served a request: it is the right one. */
  worked(): void;
}

interface Exchanged {
  readonly token: string;
  readonly expiresAt: number;
  /** From then on a new one is fetched while this one is used. */
  readonly renewAt: number;
}

const MINUTE_MS = 60_000;
const RENEW_BEFORE_MS = 5 * MINUTE_MS;
const DEFAULT_LIFE_MS = 25 * MINUTE_MS;
const TIMEOUT_MS = 10_000;

/** The exchanged token is kept here only, never on disk. */
export function openCopilotSession(fields: JsonObject, context: AccountContext): CopilotSession {
  const { clock } = context;
  const githubToken = accessTokenOf(fields);
  const addresses = addressesOf(fields, context);
  const chosen = fieldText(fields, 'auth_mode');
  const isChosen = chosen === 'direct' || chosen === 'exchange';
  let mode: TokenMode = isChosen ? chosen : githubToken.startsWith('ghu_') ? 'exchange' : 'direct';
  let isSettled = isChosen;
  let hasSwitched = false;
  let exchanged: Exchanged | undefined;
  let discovered: string | undefined;
  let hasDiscovered = addresses.configured !== undefined;

  const switchMode = (): boolean => {
    if (isSettled) return false;
    mode = mode === 'direct' ? 'exchange' : 'direct';
    isSettled = hasSwitched;
    hasSwitched = true;
    return !isSettled;
  };

  const exchange = async (): Promise<FailureFacts | undefined> => {
    const reply = await callVendor(context, {
      method: 'GET',
      url: addresses.exchange,
      headers: { ...identityHeaders(fields), authorization: `token ${githubToken}` },
      timeoutMs: TIMEOUT_MS,
    });
    const now = clock.now();
    const { token, expires_at: expires, refresh_in: refreshIn, endpoints } = reply.body;
    if (reply.status === 200 && typeof token === 'string' && token !== '') {
      const expiresAt = instantOf(expires) ?? now + DEFAULT_LIFE_MS;
      const hinted = typeof refreshIn === 'number' && refreshIn > 60 ? now + (refreshIn - 60) * 1000 : expiresAt;
      exchanged = { token, expiresAt, renewAt: Math.min(hinted, expiresAt - RENEW_BEFORE_MS) };
      const api = isObject(endpoints) ? endpoints['api'] : undefined;
      if (typeof api === 'string') discovered = acceptedAddress(api, addresses) ?? discovered;
      return undefined;
    }
    // The app that this token was issued to may have no exchange.
    if (reply.status === 404 && switchMode()) return ensure();
    return exchangeFailure(reply, now);
  };

  /** Failing is no failure: the default address is right for most. */
  const discover = async (): Promise<undefined> => {
    hasDiscovered = true;
    try {
      const { status, body } = await callVendor(context, {
        url: addresses.graphql,
        headers: { 'user-agent': identityHeaders(fields)['user-agent'] ?? '', authorization: `Bearer ${githubToken}` },
        json: { query: 'query{viewer{login copilotEndpoints{api}}}' },
        timeoutMs: TIMEOUT_MS,
      });
      const api = status === 200 ? endpointIn(body) : undefined;
      if (api !== undefined) discovered = acceptedAddress(api, addresses);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
    return undefined;
  };

  const ensure = (): Promise<FailureFacts | undefined> => (mode === 'exchange' ? exchange() : discover());

  const run = openAsking(ensure);

  return {
    ready() {
      if (mode === 'direct') return hasDiscovered ? undefined : run();
      const now = clock.now();
      if (exchanged === undefined || exchanged.expiresAt <= now) return run();
      // Still good: the new one is fetched beside the request, and a failure of that is met when this one ends.
      if (exchanged.renewAt <= now) run().catch(() => undefined);
      return undefined;
    },
    token: () => (mode === 'exchange' ? (exchanged?.token ?? '') : githubToken),
    baseUrl: () => addresses.configured ?? discovered ?? addresses.fallback,
    forget() {
      if (mode !== 'exchange' || exchanged === undefined) return false;
      exchanged = undefined;
      return true;
    },
    switchMode,
    worked() {
      isSettled = true;
    },
  };
}

function endpointIn(body: JsonObject): string | undefined {
  const data = isObject(body['data']) ? body['data'] : {};
  const viewer = isObject(data['viewer']) ? data['viewer'] : {};
  const endpoints = isObject(viewer['copilotEndpoints']) ? viewer['copilotEndpoints'] : {};
  return typeof endpoints['api'] === 'string' ? endpoints['api'] : undefined;
}

/** Why GitHub gives no Copilot token. */
function exchangeFailure(reply: VendorReply, now: number): FailureFacts {
  const { status, body } = reply;
  const details = isObject(body['error_details']) ? body['error_details'] : {};
  const { message: told, url } = details;
  const said = typeof told === 'string' && told !== '' ? told : readVendorError(reply).message;
  const where = typeof url === 'string' ? ` (${url})` : '';
  const retryAfterMs = readRetryAfterMs(reply.headers, now);
  if (status === 401) {
    return { reason: 'auth', status, code: 'login_needed', message: `GitHub has revoked this login: ${said}` };
  }
  if (status === 403 || status === 404) {
    return {
      reason: 'forbidden',
      status: 403,
      code: 'copilot_refused',
      message: `GitHub gives no access to Copilot: ${said}${where}`,
    };
  }
  const reason = status === 429 ? 'rate-limit' : status >= 500 ? 'server' : 'protocol';
  return {
    reason,
    status: status >= 400 ? status : 502,
    message: `GitHub gives no Copilot token: ${said}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

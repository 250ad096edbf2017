import { AppError } from '../../../shared/errors.js';
import type { FailureFacts } from '../../ir/error.js';
import type { AccountContext } from '../account-context.js';
import { endpointOf } from '../endpoints.js';
import { openAsking } from '../short-lived.js';
import { expiresAt } from '../token-fields.js';
import { callVendor, readRetryAfterMs, readVendorError, textOf, type VendorReply } from '../vendor-call.js';
import { type ServiceAccount, signAssertion } from './service-account.js';

const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** What access tokens are made with. */
export type GoogleSource =
  | { readonly kind: 'service-account'; readonly account: ServiceAccount }
  /** As `gcloud auth application-default login` writes it. */
  | {
      readonly kind: 'authorized-user';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
    };

/** Access tokens that live for an hour, kept in memory only. */
export interface GoogleTokens {
  /** Makes sure that there is one; `undefined`, or a promise of it: there is. */
  ready(): Promise<FailureFacts | undefined> | undefined;
  token(): string;
  /** Drops it; `true`: there was one, and another may be had. */
  forget(): boolean;
}

interface Issued {
  readonly token: string;
  readonly expiresAt: number;
}

const MINUTE_MS = 60_000;
const RENEW_BEFORE_MS = 5 * MINUTE_MS;
const LIFE_MS = 60 * MINUTE_MS;
const TIMEOUT_MS = 15_000;

export function openGoogleTokens(source: GoogleSource, context: AccountContext): GoogleTokens {
  const { clock } = context;
  let issued: Issued | undefined;

  const fetchToken = async (): Promise<FailureFacts | undefined> => {
    const now = clock.now();
    const reply = await askToken(source, context);
    const token = textOf(reply.body['access_token']);
    if (reply.status !== 200 || token === undefined) return refusal(reply, source, now);
    issued = { token, expiresAt: expiresAt(reply.body['expires_in'], now, LIFE_MS) };
    return undefined;
  };
  const run = openAsking(fetchToken);
  return {
    ready() {
      const left = (issued?.expiresAt ?? 0) - clock.now();
      if (left <= 0) return run();
      // Still good: the new one is fetched beside the request, and a failure of that is met when this one ends.
      if (left <= RENEW_BEFORE_MS) run().catch(() => undefined);
      return undefined;
    },
    token: () => issued?.token ?? '',
    forget() {
      const had = issued !== undefined;
      issued = undefined;
      return had;
    },
  };
}

/** Proves at a login that the source gives tokens. @throws AppError `login_refused`, `vendor_unreachable` */
export async function checkGoogleSource(source: GoogleSource, context: AccountContext): Promise<void> {
  const reply = await askToken(source, context);
  if (reply.status === 200 && textOf(reply.body['access_token']) !== undefined) return;
  const { message } = refusal(reply, source, context.clock.now());
  throw new AppError('login_refused', message, {
    hint: 'is the key disabled or deleted, or the clock of this machine wrong?',
  });
}

function askToken(source: GoogleSource, context: AccountContext): Promise<VendorReply> {
  const named = source.kind === 'service-account' ? source.account.tokenUrl : undefined;
  const audience = named ?? GOOGLE_TOKEN_URL;
  return callVendor(context, {
    url: endpointOf(context.settings, 'token', audience),
    form:
      source.kind === 'service-account'
        ? {
            grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
            assertion: signAssertion(source.account, { scope: CLOUD_SCOPE, audience, now: context.clock.now() }),
          }
        : {
            grant_type: 'refresh_token',
            client_id: source.clientId,
            client_secret: source.clientSecret,
            refresh_token: source.refreshToken,
          },
    timeoutMs: TIMEOUT_MS,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}

/** Why Google gives no token. */
function refusal(reply: VendorReply, source: GoogleSource, now: number): FailureFacts {
  const { status } = reply;
  const secrets = source.kind === 'service-account' ? [] : [source.refreshToken, source.clientSecret];
  const said = readVendorError(reply, secrets).message;
  if (status === 400 || status === 401 || status === 403) {
    const who = source.kind === 'service-account' ? 'the key of this service account' : 'this login';
    return { reason: 'auth', status: 401, code: 'login_needed', message: `Google does not accept ${who}: ${said}` };
  }
  const retryAfterMs = readRetryAfterMs(reply.headers, now);
  return {
    reason: status === 429 ? 'rate-limit' : status >= 500 ? 'server' : 'protocol',
    status: status >= 400 ? status : 502,
    message: `Google gives no token: ${said}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

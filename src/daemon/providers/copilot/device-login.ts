import { AppError } from '../../../shared/errors.js';
import { type DevicePoll, pollDevice, readDurationMs } from '../../login/device-code.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { callVendor, readRetryAfterMs, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { copilotCredential } from './new-credential.js';
import { copilotOAuth, enterpriseOf, SCOPE } from './oauth.js';

/** RFC 8628 as GitHub does it: errors of the polling come with status 200. */
export const copilotDevice: LoginMethod = { id: 'device', title: 'with a code on any device', run: logIn };

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
const MOST_VALID_S = 15 * 60;
/** A poll that comes early costs a slow_down. */
const MARGIN_MS = 1_000;
const INTERVAL = { least: 5, fallback: 5 };

interface Grant {
  readonly accessToken: string;
  readonly tokenType: string | undefined;
  readonly scope: string | undefined;
}

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clock, signal } = context;
  const enterprise = enterpriseOf(context.options);
  const { clientId, device } = copilotOAuth(context, enterprise);
  const reply = await callVendor(context, { url: device, form: { client_id: clientId, scope: SCOPE }, signal });
  // Errors may come with status 200 here too; GitHub says by them that the client may not use this flow.
  if (reply.status !== 200 || textOf(reply.body['error']) !== undefined) {
    throw new AppError('login_refused', `GitHub gave no code: ${readVendorError(reply).message}`, {
      hint: 'check `oauth-clients` and, for an enterprise, its host name',
    });
  }
  const { body } = reply;
  const deviceCode = requireText(body, 'device_code', 'GitHub');
  const userCode = requireText(body, 'user_code', 'GitHub');
  const url = requireText(body, 'verification_uri', 'GitHub');
  const completeUrl = textOf(body['verification_uri_complete']);
  const valid = readDurationMs(body['expires_in'], { least: 1, fallback: MOST_VALID_S });
  const expiresAt = clock.now() + Math.min(valid, MOST_VALID_S * 1000);
  context.tell({
    type: 'device-code',
    url,
    userCode,
    expiresAt,
    ...(completeUrl === undefined ? {} : { completeUrl }),
  });
  const grant = await pollDevice({
    clock,
    signal,
    intervalMs: readDurationMs(body['interval'], INTERVAL) + MARGIN_MS,
    expiresAt,
    poll: () => poll(context, deviceCode, enterprise),
  });
  context.granted();
  const tokens = {
    access_token: grant.accessToken,
    token_type: grant.tokenType ?? 'bearer',
    scope: grant.scope ?? '',
    client_id: clientId,
  };
  return copilotCredential(context, tokens, enterprise);
}

async function poll(
  context: LoginContext,
  deviceCode: string,
  enterprise: string | undefined,
): Promise<DevicePoll<Grant>> {
  const { clientId, clientSecret, token } = copilotOAuth(context, enterprise);
  const reply = await callVendor(context, {
    url: token,
    form: { client_id: clientId, client_secret: clientSecret, device_code: deviceCode, grant_type: GRANT_TYPE },
    signal: context.signal,
  }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
    throw error;
  });
  if (reply === undefined || reply.status >= 500) return { kind: 'unreachable' };
  const { status, body, headers } = reply;
  const accessToken = textOf(body['access_token']);
  if (status === 200 && accessToken !== undefined) {
    return {
      kind: 'granted',
      value: { accessToken, tokenType: textOf(body['token_type']), scope: textOf(body['scope']) },
    };
  }
  switch (textOf(body['error'])) {
    case 'authorization_pending':
      return { kind: 'pending' };
    case 'slow_down': {
      const { interval } = body;
      if (interval === undefined) return { kind: 'slow-down' };
      return { kind: 'slow-down', intervalMs: readDurationMs(interval, INTERVAL) + MARGIN_MS };
    }
    case 'expired_token':
      throw new AppError('login_expired', 'the code was not confirmed in time', { hint: 'start the login again' });
    case 'access_denied':
      throw new AppError('login_denied', 'the login was refused on GitHub', { hint: 'start the login again' });
    default: {
      if (status === 429) {
        const retryAfterMs = readRetryAfterMs(headers, context.clock.now());
        return { kind: 'unreachable', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
      const { message } = readVendorError(reply, [deviceCode]);
      throw new AppError('login_refused', `GitHub ended the login: ${message}`, { hint: 'start the login again' });
    }
  }
}

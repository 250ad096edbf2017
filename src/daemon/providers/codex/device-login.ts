import { AppError } from '../../../shared/errors.js';
import { type DevicePoll, pollDevice, readDurationMs } from '../../login/device-code.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { callVendor, readRetryAfterMs, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { exchangeCode } from './exchange.js';
import { codexOAuth } from './oauth.js';

/** OpenAI's own device flow: no RFC 8628 errors, and the server makes the PKCE pair. */
export const codexDevice: LoginMethod = { id: 'device', title: 'with a code on another device', run: logIn };

const VALID_MS = 15 * 60_000;
/** Polling to the second is polling too early where clocks and networks differ. */
const MARGIN_MS = 3_000;

interface Grant {
  readonly code: string;
  readonly verifier: string;
}

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clientId, deviceCode, devicePage, deviceRedirect } = codexOAuth(context);
  const reply = await callVendor(context, { url: deviceCode, json: { client_id: clientId }, signal: context.signal });
  if (reply.status === 404) {
    throw new AppError('login_refused', 'OpenAI does not offer the login by code here', {
      hint: 'allow it in the ChatGPT security settings, or log in in the browser',
    });
  }
  if (reply.status !== 200) {
    throw new AppError('login_refused', `OpenAI gave no code: ${readVendorError(reply).message}`);
  }
  const deviceId = requireText(reply.body, 'device_auth_id', 'OpenAI');
  const userCode = textOf(reply.body['user_code']) ?? requireText(reply.body, 'usercode', 'OpenAI');
  const expiresAt = context.clock.now() + VALID_MS;
  context.tell({ type: 'device-code', url: devicePage, userCode, expiresAt });
  const { code, verifier } = await pollDevice({
    clock: context.clock,
    signal: context.signal,
    intervalMs: readDurationMs(reply.body['interval'], { least: 1, fallback: 5 }) + MARGIN_MS,
    expiresAt,
    poll: () => poll(context, deviceId, userCode),
  });
  context.granted();
  return exchangeCode(context, { code, verifier, redirectUri: deviceRedirect });
}

async function poll(context: LoginContext, deviceId: string, userCode: string): Promise<DevicePoll<Grant>> {
  const { deviceToken } = codexOAuth(context);
  const reply = await callVendor(context, {
    url: deviceToken,
    json: { device_auth_id: deviceId, user_code: userCode },
    signal: context.signal,
  }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
    throw error;
  });
  if (reply === undefined || reply.status >= 500) return { kind: 'unreachable' };
  const { status, body, headers } = reply;
  if (status === 200) {
    return {
      kind: 'granted',
      value: {
        code: requireText(body, 'authorization_code', 'OpenAI'),
        verifier: requireText(body, 'code_verifier', 'OpenAI'),
      },
    };
  }
  if (status === 403 || status === 404) return { kind: 'pending' };
  if (status === 429) {
    const retryAfterMs = readRetryAfterMs(headers, context.clock.now());
    return { kind: 'unreachable', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const { message } = readVendorError(reply, [deviceId, userCode]);
  throw new AppError('login_refused', `OpenAI ended the login: ${message}`, { hint: 'start the login again' });
}

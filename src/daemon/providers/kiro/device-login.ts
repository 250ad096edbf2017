import { AppError } from '../../../shared/errors.js';
import { type DevicePoll, pollDevice, readDurationMs } from '../../login/device-code.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { callVendor, readRetryAfterMs, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { kiroCredential } from './new-credential.js';
import { type Grant, type Registration, readGrant, register, type SignIn, signInOf } from './registration.js';

/** AWS's device flow: RFC 8628 in camel case and JSON. */
export const kiroDevice: LoginMethod = {
  id: 'device',
  title: 'with a code on any device (Builder ID, or your organisation by --start-url)',
  run: logIn,
};

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
/** A poll that comes early costs a slow_down. */
const MARGIN_MS = 1_000;

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clock, signal } = context;
  const signIn = signInOf(context);
  const client = await register(context, signIn, { types: [GRANT_TYPE] });
  const reply = await callVendor(context, {
    url: signIn.addresses.device,
    json: { clientId: client.clientId, clientSecret: client.clientSecret, startUrl: signIn.startUrl },
    signal,
  });
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [client.clientSecret]);
    throw new AppError('login_refused', `AWS gave no code: ${message}`, { hint: 'check `start-url` and `region`' });
  }
  const { body } = reply;
  const deviceCode = requireText(body, 'deviceCode', 'AWS');
  const completeUrl = textOf(body['verificationUriComplete']);
  const expiresAt = clock.now() + readDurationMs(body['expiresIn'], { least: 1, fallback: 600 });
  context.tell({
    type: 'device-code',
    url: requireText(body, 'verificationUri', 'AWS'),
    userCode: requireText(body, 'userCode', 'AWS'),
    expiresAt,
    ...(completeUrl === undefined ? {} : { completeUrl }),
  });
  const grant = await pollDevice({
    clock,
    signal,
    intervalMs: readDurationMs(body['interval'], { least: 1, fallback: 5 }) + MARGIN_MS,
    expiresAt,
    poll: () => poll(context, signIn, client, deviceCode),
  });
  context.granted();
  return kiroCredential(context, signIn, client, grant);
}

async function poll(
  context: LoginContext,
  { addresses }: SignIn,
  { clientId, clientSecret }: Registration,
  deviceCode: string,
): Promise<DevicePoll<Grant>> {
  const reply = await callVendor(context, {
    url: addresses.token,
    json: { clientId, clientSecret, deviceCode, grantType: GRANT_TYPE },
    signal: context.signal,
  }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
    throw error;
  });
  if (reply === undefined || reply.status >= 500) return { kind: 'unreachable' };
  if (reply.status === 200) return { kind: 'granted', value: readGrant(reply.body) };
  switch (textOf(reply.body['error'])) {
    case 'authorization_pending':
      return { kind: 'pending' };
    case 'slow_down':
      return { kind: 'slow-down' };
    case 'expired_token':
      throw new AppError('login_expired', 'the code was not confirmed in time', { hint: 'start the login again' });
    case 'access_denied':
      throw new AppError('login_denied', 'the login was refused at AWS', { hint: 'start the login again' });
    default: {
      if (reply.status === 429) {
        const retryAfterMs = readRetryAfterMs(reply.headers, context.clock.now());
        return { kind: 'unreachable', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
      const { message } = readVendorError(reply, [deviceCode, clientSecret]);
      throw new AppError('login_refused', `AWS ended the login: ${message}`, { hint: 'start the login again' });
    }
  }
}

import { AppError } from '../../../shared/errors.js';
import { type DevicePoll, pollDevice, readDurationMs } from '../../login/device-code.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { callVendor, readRetryAfterMs, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { kiloAddresses } from './addresses.js';
import { kiloCredential } from './new-credential.js';

/** Kilo's own device flow: one code is shown and polled with, and the status says how it stands. */
export const kiloDevice: LoginMethod = { id: 'device', title: 'with a code on any device', run: logIn };

/** As Kilo's own client polls. */
const INTERVAL_MS = 3_000;
const VALID = { least: 1, fallback: 10 * 60 };

interface Grant {
  readonly token: string;
  readonly email: string;
}

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clock, signal } = context;
  const { device } = kiloAddresses(context);
  const reply = await callVendor(context, { url: device, headers: { 'content-type': 'application/json' }, signal });
  if (reply.status === 429) {
    throw new AppError('login_refused', 'Kilo has too many logins waiting for this network', {
      hint: 'wait a few minutes, then start the login again',
    });
  }
  if (reply.status !== 200 && reply.status !== 201) {
    throw new AppError('login_refused', `Kilo gave no code: ${readVendorError(reply).message}`, {
      hint: 'start the login again',
    });
  }
  const code = requireText(reply.body, 'code', 'Kilo');
  const url = requireText(reply.body, 'verificationUrl', 'Kilo');
  const expiresAt = clock.now() + readDurationMs(reply.body['expiresIn'], VALID);
  context.tell({ type: 'device-code', url, completeUrl: url, userCode: code, expiresAt });
  const poll = () => askOnce(context, `${device}/${encodeURIComponent(code)}`, code);
  const { token, email } = await pollDevice({ clock, signal, intervalMs: INTERVAL_MS, expiresAt, poll });
  context.granted();
  return kiloCredential(context, { token, email });
}

async function askOnce(context: LoginContext, url: string, code: string): Promise<DevicePoll<Grant>> {
  const reply = await callVendor(context, { method: 'GET', url, signal: context.signal }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
    throw error;
  });
  if (reply === undefined || reply.status >= 500) return { kind: 'unreachable' };
  const { status, body, headers } = reply;
  // The status comes first: the body may be empty.
  switch (status) {
    case 202:
      return { kind: 'pending' };
    case 403:
      throw denied();
    case 410:
      throw expired();
    case 429: {
      const retryAfterMs = readRetryAfterMs(headers, context.clock.now());
      return { kind: 'slow-down', ...(retryAfterMs === undefined ? {} : { intervalMs: retryAfterMs }) };
    }
    case 200:
      break;
    default:
      throw new AppError('login_refused', `Kilo ended the login: ${readVendorError(reply, [code]).message}`, {
        hint: 'start the login again',
      });
  }
  switch (textOf(body['status'])) {
    case 'pending':
      return { kind: 'pending' };
    case 'denied':
      throw denied();
    case 'expired':
      throw expired();
    default:
      return {
        kind: 'granted',
        value: { token: requireText(body, 'token', 'Kilo'), email: requireText(body, 'userEmail', 'Kilo') },
      };
  }
}

const denied = (): AppError =>
  new AppError('login_denied', 'the login was refused on Kilo', { hint: 'start the login again' });
const expired = (): AppError =>
  new AppError('login_expired', 'the code was not confirmed in time', { hint: 'start the login again' });

import { AppError } from '../../../shared/errors.js';
import { type DevicePoll, pollDevice, readDurationMs } from '../../login/device-code.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { askStandard, type StandardAnswer, type StandardCall } from '../../login/standard-oauth.js';
import { readRetryAfterMs, readVendorError, textOf } from '../../login/vendor-call.js';
import { copilotCredential } from './new-credential.js';
import { copilotOAuth, enterpriseOf, SCOPE } from './oauth.js';

/** RFC 8628 as GitHub does it: errors of the polling come with status 200. */
export const copilotDevice: LoginMethod = { id: 'device', title: 'with a code on any device', run: logIn };

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
  const { clientId } = copilotOAuth(context, enterprise);
  const { reply, value: device } = await askGitHub(context, enterprise, async (oauth, party, options) => {
    const { server, client, proof } = party;
    const answer = await oauth.deviceAuthorizationRequest(server, client, proof, { scope: SCOPE }, options);
    return oauth.processDeviceAuthorizationResponse(server, client, answer);
  });
  // GitHub says by an error here that the client may not use this flow.
  if (device === undefined) {
    throw new AppError('login_refused', `GitHub gave no code: ${readVendorError(reply).message}`, {
      hint: 'check `oauth-clients` and, for an enterprise, its host name',
    });
  }
  const { device_code: deviceCode, user_code: userCode, verification_uri: url } = device;
  const completeUrl = device.verification_uri_complete;
  const expiresAt = clock.now() + Math.min(device.expires_in, MOST_VALID_S) * 1000;
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
    intervalMs: readDurationMs(device.interval, INTERVAL) + MARGIN_MS,
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
  const answer = await askGitHub(context, enterprise, async (oauth, party, options) => {
    const { server, client, proof } = party;
    const given = await oauth.deviceCodeGrantRequest(server, client, proof, deviceCode, options);
    return oauth.processDeviceCodeResponse(server, client, given);
  }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
    throw error;
  });
  if (answer === undefined || answer.reply.status >= 500) return { kind: 'unreachable' };
  const { reply, value } = answer;
  if (value !== undefined) {
    return {
      kind: 'granted',
      value: { accessToken: value.access_token, tokenType: value.token_type, scope: value.scope },
    };
  }
  const { status, body, headers } = reply;
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

/** GitHub is by the book but for the status of its refusals. */
function askGitHub<T>(
  context: LoginContext,
  enterprise: string | undefined,
  run: StandardCall<T>['run'],
): Promise<StandardAnswer<T>> {
  const { clientId, clientSecret, device, token } = copilotOAuth(context, enterprise);
  return askStandard(context, {
    party: { endpoints: { device_authorization_endpoint: device, token_endpoint: token }, clientId, clientSecret },
    hasErrorsAs200: true,
    signal: context.signal,
    run,
  });
}

import { randomBytes } from 'node:crypto';
import { wrongMembers } from './grants.js';
import { startVendorServer, type VendorAnswer, type VendorRequest, type VendorServer } from './vendor-server.js';

const COPILOT_CLIENT_ID = 'Iv1.b507a08c87ecfe98';

export interface GitHubFake extends VendorServer {
  /** As `oauth-endpoints.github-copilot`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** As `oauth-upstream.github-copilot`. */
  readonly upstreamUrl: string;
  user: { login: string; email: string | null; name: string };
  hasCopilot: boolean;
  /** The person enters the code. */
  approve(userCode: string): void;
  deny(userCode: string): void;
  /** A token that GitHub knows, as if some other login had made it. */
  addToken(token: string): void;
}

interface Device {
  readonly userCode: string;
  readonly expiresAt: number;
  outcome: 'pending' | 'approved' | 'denied';
  intervalMs: number;
  polledAt: number;
}

/** GitHub's device flow as copilot.md §1 has it: refusals with status 200, and a `slow_down` for each early poll. */
export async function startGitHubFake(now: () => number): Promise<GitHubFake> {
  const devices = new Map<string, Device>();
  const valid = new Set<string>();
  const errorWith = (error: string, more: Readonly<Record<string, unknown>> = {}): VendorAnswer => ({
    body: { error, error_description: `the device code is ${error}`, ...more },
  });

  const deviceCode = (request: VendorRequest): VendorAnswer => {
    const form = request.form();
    if (wrongMembers(form, ['client_id', 'scope']).length > 0) return errorWith('invalid_request');
    if (form.get('client_id') !== COPILOT_CLIENT_ID) return errorWith('incorrect_client_credentials');
    const code = `dc_${randomBytes(8).toString('hex')}`;
    const userCode = `WDJB-${randomBytes(2).toString('hex').toUpperCase()}`;
    devices.set(code, { userCode, expiresAt: now() + 900_000, outcome: 'pending', intervalMs: 5_000, polledAt: now() });
    const verification = { verification_uri: `${server.url}/login/device`, expires_in: 900, interval: 5 };
    return { body: { device_code: code, user_code: userCode, ...verification } };
  };

  const token = (request: VendorRequest): VendorAnswer => {
    const form = request.form();
    if (wrongMembers(form, ['client_id', 'device_code', 'grant_type']).length > 0) return errorWith('invalid_request');
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:device_code')
      return errorWith('unsupported_grant_type');
    const device = devices.get(form.get('device_code') ?? '');
    if (device === undefined) return errorWith('incorrect_device_code');
    const early = now() - device.polledAt < device.intervalMs;
    device.polledAt = now();
    if (now() >= device.expiresAt) return errorWith('expired_token');
    if (early) {
      device.intervalMs += 5_000;
      return errorWith('slow_down', { interval: device.intervalMs / 1000 });
    }
    if (device.outcome === 'denied') return errorWith('access_denied');
    if (device.outcome === 'pending') return errorWith('authorization_pending');
    devices.delete(form.get('device_code') ?? '');
    const accessToken = `ghu_${randomBytes(8).toString('hex')}`;
    valid.add(accessToken);
    return { body: { access_token: accessToken, token_type: 'bearer', scope: 'read:user' } };
  };

  const user = ({ headers }: VendorRequest): VendorAnswer =>
    valid.has((headers.authorization ?? '').replace('Bearer ', ''))
      ? { body: fake.user }
      : { status: 401, body: { message: 'Bad credentials' } };

  const exchange = ({ headers }: VendorRequest): VendorAnswer => {
    if (!valid.has((headers.authorization ?? '').replace('token ', '')))
      return { status: 401, body: { message: 'Bad credentials' } };
    if (!fake.hasCopilot)
      return { status: 403, body: { message: 'no subscription', error_details: { message: 'No Copilot plan' } } };
    return { body: { token: 'tid=abc', expires_at: Math.floor(now() / 1000) + 1800, refresh_in: 1500 } };
  };

  const server = await startVendorServer({
    'POST /login/device/code': deviceCode,
    'POST /login/oauth/access_token': token,
    'GET /api/user': user,
    'GET /api/copilot_internal/v2/token': exchange,
    'POST /api/graphql': () => ({ body: { data: { viewer: { copilotEndpoints: {} } } } }),
    'GET /copilot/models': () =>
      fake.hasCopilot ? { body: { data: [] } } : { status: 403, body: { message: 'no subscription' } },
  });
  const settle = (userCode: string, outcome: Device['outcome']): void => {
    const device = [...devices.values()].find((each) => each.userCode === userCode);
    if (device === undefined) throw new Error(`no device waits with ${userCode}`);
    device.outcome = outcome;
  };
  const fake: GitHubFake = {
    ...server,
    user: { login: 'ann', email: 'ann@example.com', name: 'Ann' },
    hasCopilot: true,
    upstreamUrl: `${server.url}/copilot`,
    endpoints: {
      device: `${server.url}/login/device/code`,
      token: `${server.url}/login/oauth/access_token`,
      api: `${server.url}/api`,
    },
    approve: (code) => settle(code, 'approved'),
    deny: (code) => settle(code, 'denied'),
    addToken: (value) => void valid.add(value),
  };
  return fake;
}

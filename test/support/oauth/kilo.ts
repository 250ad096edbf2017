import { randomBytes } from 'node:crypto';
import { startVendorServer, type VendorAnswer, type VendorRequest, type VendorServer } from './vendor-server.js';

export interface KiloFake extends VendorServer {
  /** As `oauth-endpoints.kilo`. */
  readonly endpoints: Readonly<Record<string, string>>;
  email: string;
  organizations: readonly { id: string; name: string; role: string }[];
  approve(code: string): void;
  deny(code: string): void;
  /** A token that Kilo knows, as if made in the dashboard. */
  addToken(token: string): void;
  /** The route that polls for a code. */
  pollOf(code: string): string;
}

interface Device {
  outcome: 'pending' | 'approved' | 'denied';
  readonly expiresAt: number;
  polledAt: number;
}

/** Kilo's device flow as kilo.md 1.1 has it: empty bodies wherever the status says it all. */
export async function startKiloFake(now: () => number): Promise<KiloFake> {
  const devices = new Map<string, Device>();
  const valid = new Set<string>();
  const routes: Record<string, (request: VendorRequest) => VendorAnswer> = {};
  const pollOf = (code: string): string => `GET /api/device-auth/codes/${encodeURIComponent(code)}`;

  const poll = (code: string): VendorAnswer => {
    const device = devices.get(code);
    if (device === undefined) return { status: 404, body: { error: { message: 'no such code', code: 404 } } };
    const isEarly = now() - device.polledAt < 3_000;
    device.polledAt = now();
    if (now() >= device.expiresAt) return { status: 410, body: '' };
    if (isEarly) return { status: 429, body: '' };
    if (device.outcome === 'pending') return { status: 202, body: '' };
    if (device.outcome === 'denied') return { status: 403, body: '' };
    devices.delete(code);
    const token = `eyJ.${randomBytes(8).toString('hex')}.sig`;
    valid.add(token);
    return { status: 200, body: { status: 'approved', token, userEmail: fake.email } };
  };

  routes['POST /api/device-auth/codes'] = ({ text, headers }) => {
    if (text !== '' || headers['content-type'] !== 'application/json')
      return { status: 400, body: { error: 'an empty body' } };
    const code = `K7Q2-${randomBytes(2).toString('hex').toUpperCase()}`;
    devices.set(code, { outcome: 'pending', expiresAt: now() + 600_000, polledAt: now() });
    routes[pollOf(code)] = () => poll(code);
    const verificationUrl = `${server.url}/device-auth?code=${code}`;
    return { status: 201, body: { code, verificationUrl, expiresIn: 600 } };
  };
  const known = ({ headers }: VendorRequest): boolean =>
    valid.has((headers.authorization ?? '').replace('Bearer ', ''));
  const unknown: VendorAnswer = { status: 401, body: { error: { message: 'Invalid token', code: 401 } } };
  routes['GET /api/profile'] = (request) =>
    known(request)
      ? { body: { user: { email: fake.email, name: 'Ann' }, organizations: fake.organizations } }
      : unknown;
  routes['GET /api/defaults'] = () => ({ body: { defaultModel: 'anthropic/claude-sonnet-4', model: 'wrong' } });
  routes['GET /api/organizations/org-0001/defaults'] = ({ headers }) =>
    headers['x-kilocode-organizationid'] === 'org-0001'
      ? { body: { defaultFreeModel: 'kilo-auto/free' } }
      : { status: 403, body: '' };

  const server = await startVendorServer(routes);
  const settle = (code: string, outcome: Device['outcome']): void => {
    const device = devices.get(code);
    if (device === undefined) throw new Error(`no device waits with ${code}`);
    device.outcome = outcome;
  };
  const fake: KiloFake = {
    ...server,
    email: 'ann@example.com',
    organizations: [],
    endpoints: { api: server.url },
    pollOf,
    approve: (code) => settle(code, 'approved'),
    deny: (code) => settle(code, 'denied'),
    addToken: (token) => void valid.add(token),
  };
  return fake;
}

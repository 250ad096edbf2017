import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { refreshKiro } from '../../../../src/daemon/providers/kiro/refresh.js';
import { accountContext, type SideAnswer, sideCalls } from '../../../support/accounts.js';
import { kiroFile } from '../../../support/vendors/kiro.js';

const GRANT = { body: { accessToken: 'aoaNEW', refreshToken: 'aorNEW', expiresIn: 3600 } };

async function refresh(
  more: JsonObject,
  answer: SideAnswer | ((count: number) => SideAnswer) = GRANT,
  files: Readonly<Record<string, string>> = {},
) {
  const reply = (_call: unknown, count: number) => (typeof answer === 'function' ? answer(count) : answer);
  const { http, calls } = sideCalls({ '/token': reply, '/refreshToken': reply });
  const local = { home: '/home/ann', env: {}, read: async (path: string) => files[path] };
  const context = accountContext({}, { http, local });
  const outcome = await refreshKiro(kiroFile(more), context);
  return {
    outcome,
    now: context.clock.now(),
    urls: calls.map(({ url }) => url),
    sent: calls.map(({ body }) => JSON.parse(Buffer.from(body ?? '').toString('utf8')) as JsonObject),
  };
}

const OIDC = {
  clientId: 'client-1',
  clientSecret: 'secret-1',
  refreshToken: 'aorAAAAAG-test',
  grantType: 'refresh_token',
};
const SOCIAL = 'https://prod.us-east-1.auth.desktop.kiro.dev/refreshToken';

describe('each kind is renewed where it is at home', () => {
  test.each<{ name: string; more: JsonObject; url: string; sent: JsonObject }>([
    { name: 'an organisation', more: {}, url: 'https://oidc.eu-west-1.amazonaws.com/token', sent: OIDC },
    {
      name: 'an organisation without a region',
      more: { region: '' },
      url: 'https://oidc.us-east-1.amazonaws.com/token',
      sent: OIDC,
    },
    {
      name: 'a Builder ID, whatever its region',
      more: { auth_method: 'builder-id' },
      url: 'https://oidc.us-east-1.amazonaws.com/token',
      sent: OIDC,
    },
    {
      name: 'a file that does not say, but has a client',
      more: { auth_method: '' },
      url: 'https://oidc.eu-west-1.amazonaws.com/token',
      sent: OIDC,
    },
    { name: 'Google', more: { auth_method: 'social' }, url: SOCIAL, sent: { refreshToken: 'aorAAAAAG-test' } },
    {
      name: 'a file that does not say, and has no client',
      more: { auth_method: '', client_id: '' },
      url: SOCIAL,
      sent: { refreshToken: 'aorAAAAAG-test' },
    },
  ])('$name', async ({ more, url, sent }) => {
    const done = await refresh(more);
    expect(done.urls).toEqual([url]);
    expect(done.sent).toEqual([sent]);
    expect(done.outcome).toEqual({
      kind: 'renewed',
      fields: {
        access_token: 'aoaNEW',
        refresh_token: 'aorNEW',
        expires_at: new Date(done.now + 3_600_000).toISOString(),
        last_refresh: new Date(done.now).toISOString(),
      },
    });
  });
});

test.each(['idc', 'builder-id'])('%s without its client is never sent to the social service', async (method) => {
  const { outcome, urls } = await refresh({ auth_method: method, client_secret: '', client_id_hash: 'abc' });
  expect(outcome).toMatchObject({ kind: 'login-needed', reason: expect.stringContaining('client') });
  expect(urls).toEqual([]);
});

describe('a login that names its client by a hash', () => {
  const HASH = '0123456789abcdef0123456789abcdef01234567';
  const beside = { [`/home/ann/.aws/sso/cache/${HASH}.json`]: '{"clientId":"client-9","clientSecret":"secret-9"}' };
  const fields = { client_id: '', client_secret: '', client_id_hash: HASH };

  test.each(['idc', 'builder-id'])(
    'is renewed by %s with the client beside the IDE’s file, and keeps it',
    async (method) => {
      const { outcome, sent } = await refresh({ ...fields, auth_method: method }, GRANT, beside);
      expect(sent).toEqual([{ ...OIDC, clientId: 'client-9', clientSecret: 'secret-9' }]);
      expect(outcome).toMatchObject({ kind: 'renewed', fields: { client_id: 'client-9', client_secret: 'secret-9' } });
    },
  );

  test.each([
    { name: 'that is not there', hash: 'f'.repeat(40) },
    { name: 'that leads out of the folder', hash: '../../secret' },
    { name: 'with a backslash', hash: '..\\x' },
  ])('$name needs a login, and asks nobody', async ({ hash }) => {
    const { outcome, urls } = await refresh({ ...fields, client_id_hash: hash }, GRANT, beside);
    expect(outcome.kind).toBe('login-needed');
    expect(urls).toEqual([]);
  });

  test('whose file stays half written is tried again later', async () => {
    const path = `/home/ann/.aws/sso/cache/${HASH}.json`;
    const { outcome, urls } = await refresh(fields, GRANT, { [path]: '{"clientId":' });
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining(path) });
    expect(urls).toEqual([]);
  });

  test('by Google needs none, and none is looked for', async () => {
    const { outcome, urls } = await refresh({ ...fields, auth_method: 'google', client_id_hash: '../x' });
    expect([outcome.kind, ...urls]).toEqual(['renewed', SOCIAL]);
  });
});

test('what the answer leaves out is not touched', async () => {
  const { outcome, now } = await refresh({}, { body: { accessToken: 'aoaNEW', refreshToken: '' } });
  expect(outcome).toMatchObject({ kind: 'renewed', fields: { access_token: 'aoaNEW' } });
  expect(outcome.kind === 'renewed' && Object.keys(outcome.fields).sort()).toEqual([
    'access_token',
    'expires_at',
    'last_refresh',
  ]);
  expect(outcome.kind === 'renewed' && outcome.fields['expires_at']).toBe(new Date(now + 3_600_000).toISOString());
});

test('a profile that comes with the answer is kept', async () => {
  const { outcome } = await refresh({ auth_method: 'social' }, { body: { accessToken: 'a', profileArn: 'arn:x' } });
  expect(outcome).toMatchObject({ fields: { profile_arn: 'arn:x' } });
});

describe('refusals', () => {
  test.each<{ name: string; answer: SideAnswer; kind: string }>([
    { name: 'invalid_grant', answer: { status: 400, body: { error: 'invalid_grant' } }, kind: 'login-needed' },
    {
      name: 'an unknown client',
      answer: { status: 400, body: { error: 'invalid_client', error_description: 'Client registration expired' } },
      kind: 'login-needed',
    },
    {
      name: 'a dead token in words',
      answer: { status: 400, body: { message: 'Invalid refresh token provided' } },
      kind: 'login-needed',
    },
    { name: '401', answer: { status: 401, body: {} }, kind: 'login-needed' },
    { name: '403', answer: { status: 403, body: {} }, kind: 'login-needed' },
    { name: '429', answer: { status: 429, body: {} }, kind: 'failed' },
    { name: '500', answer: { status: 500, body: {} }, kind: 'failed' },
    { name: 'an answer without a token', answer: { body: {} }, kind: 'failed' },
  ])('$name: $kind', async ({ answer, kind }) => {
    const { outcome } = await refresh({}, answer);
    expect(outcome.kind).toBe(kind);
  });

  test('a server error is tried again', async () => {
    const { outcome, urls } = await refresh({}, (count) => (count === 1 ? { status: 503, body: {} } : GRANT));
    expect(outcome.kind).toBe('renewed');
    expect(urls).toHaveLength(2);
  });

  test('never repeat a secret', async () => {
    const { outcome } = await refresh({}, { status: 400, body: { error_description: 'bad aorAAAAAG-test secret-1' } });
    expect(outcome.kind === 'failed' && outcome.reason).not.toMatch(/aorAAAAAG-test|secret-1/);
  });

  test('a login that another program owns is left to it', async () => {
    const { outcome, urls } = await refresh({ cliproxyctl_read_only: true });
    expect(outcome.kind).toBe('login-needed');
    expect(urls).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { acceptedAddress, addressesOf } from '../../../../src/daemon/providers/copilot/addresses.js';
import { openCopilotSession } from '../../../../src/daemon/providers/copilot/session.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import { accountContext, type SideAnswer, sideCalls } from '../../../support/accounts.js';

const EXCHANGE = '/copilot_internal/v2/token';
const MINUTE = 60_000;

function open(
  fields: JsonObject,
  answers: { exchange?: (count: number) => SideAnswer; graphql?: SideAnswer } = {},
  upstreamUrl?: string,
) {
  const { http, calls } = sideCalls({
    ...(answers.exchange === undefined ? {} : { [EXCHANGE]: (_call, count) => answers.exchange?.(count) ?? {} }),
    ...(answers.graphql === undefined ? {} : { '/graphql': () => answers.graphql ?? {} }),
  });
  const context = accountContext(upstreamUrl === undefined ? {} : { upstreamUrl }, { http });
  return { session: openCopilotSession(fields, context), calls, clock: context.clock };
}

/** Lives half an hour from the test clock's start. */
const token = (name: string, more: JsonObject = {}): SideAnswer => ({
  body: { token: name, expires_at: (1_790_000_000_000 + 30 * MINUTE) / 1000, ...more },
});

describe('a token that is exchanged', () => {
  test('is asked for once, however many wait, with our own name', async () => {
    const { session, calls } = open({ access_token: 'ghu_x' }, { exchange: (n) => token(`t${n}`) });
    expect(await Promise.all([session.ready(), session.ready(), session.ready()])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(session.token()).toBe('t1');
    expect(session.ready()).toBeUndefined();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe('https://api.github.com/copilot_internal/v2/token');
    expect(calls[0]?.headers).toMatchObject({
      authorization: 'token ghu_x',
      'editor-version': USER_AGENT,
      'user-agent': USER_AGENT,
    });
    expect(calls[0]?.headers).not.toHaveProperty('copilot-integration-id');
  });

  test('is renewed beside a request before it ends, and waited for after', async () => {
    const { session, calls, clock } = open(
      { access_token: 'ghu_x' },
      { exchange: (n) => token(`t${n}`, { expires_at: (clock.now() + 30 * MINUTE) / 1000 }) },
    );
    await session.ready();
    clock.advance(26 * MINUTE);
    expect(session.ready()).toBeUndefined();
    expect(session.token()).toBe('t1');
    await new Promise(setImmediate);
    expect(session.token()).toBe('t2');
    clock.advance(31 * MINUTE);
    await session.ready();
    expect(session.token()).toBe('t3');
    expect(calls).toHaveLength(3);
  });

  test('goes on being used while it is good and GitHub is not', async () => {
    const { session, clock } = open(
      { access_token: 'ghu_x' },
      { exchange: (n) => (n === 1 ? token('t1') : { status: 503 }) },
    );
    await session.ready();
    clock.advance(26 * MINUTE);
    expect(session.ready()).toBeUndefined();
    await new Promise(setImmediate);
    expect(session.token()).toBe('t1');
    clock.advance(5 * MINUTE);
    expect(await session.ready()).toMatchObject({ reason: 'server', status: 503 });
  });

  test('is renewed at refresh_in less a minute', async () => {
    const { session, calls, clock } = open(
      { access_token: 'ghu_x' },
      { exchange: (n) => token(`t${n}`, { refresh_in: 600 }) },
    );
    await session.ready();
    clock.advance(9 * MINUTE - 1);
    session.ready();
    expect(calls).toHaveLength(1);
    clock.advance(1);
    session.ready();
    expect(calls).toHaveLength(2);
  });

  test('without an end lives 25 minutes', async () => {
    const { session, clock } = open({ access_token: 'ghu_x' }, { exchange: (n) => ({ body: { token: `t${n}` } }) });
    await session.ready();
    clock.advance(19 * MINUTE);
    expect(session.ready()).toBeUndefined();
    clock.advance(7 * MINUTE);
    await session.ready();
    expect(session.token()).toBe('t2');
  });

  test('is forgotten after a 401, and had anew', async () => {
    const { session } = open({ access_token: 'ghu_x' }, { exchange: (n) => token(`t${n}`) });
    await session.ready();
    expect(session.forget()).toBe(true);
    expect(session.forget()).toBe(false);
    await session.ready();
    expect(session.token()).toBe('t2');
  });

  test.each<{ name: string; answer: SideAnswer; failure: object }>([
    {
      name: '401: the login is revoked',
      answer: { status: 401, body: { message: 'Bad credentials' } },
      failure: { reason: 'auth', status: 401, code: 'login_needed' },
    },
    {
      name: '403: no access, in GitHub’s words',
      answer: { status: 403, body: { error_details: { message: 'No subscription', url: 'https://github.com/x' } } },
      failure: {
        reason: 'forbidden',
        status: 403,
        message: expect.stringContaining('No subscription (https://github.com/x)'),
      },
    },
    {
      name: '429: later',
      answer: { status: 429, headers: { 'retry-after': '7' } },
      failure: { reason: 'rate-limit', status: 429, retryAfterMs: 7000 },
    },
    { name: '500: later', answer: { status: 500 }, failure: { reason: 'server', status: 500 } },
    { name: '200 without a token is no answer', answer: { body: {} }, failure: { reason: 'protocol', status: 502 } },
  ])('that is refused says why. $name', async ({ answer, failure }) => {
    const { session } = open({ access_token: 'ghu_x' }, { exchange: () => answer });
    expect(await session.ready()).toMatchObject(failure);
  });

  test('with 404 from the exchange is used as it is from then on', async () => {
    const { session, calls } = open({ access_token: 'ghu_x' }, { exchange: () => ({ status: 404 }), graphql: {} });
    expect(await session.ready()).toBeUndefined();
    expect(session.token()).toBe('ghu_x');
    expect(session.ready()).toBeUndefined();
    expect(calls.map(({ url }) => new URL(url).pathname)).toEqual([EXCHANGE, '/graphql']);
    expect(session.switchMode()).toBe(false);
  });
});

describe('a token that is used as it is', () => {
  test.each(['gho_x', 'github_pat_x'])('%s finds its address once', async (access) => {
    const api = 'https://api.business.githubcopilot.com/';
    const { session, calls } = open(
      { access_token: access },
      { graphql: { body: { data: { viewer: { copilotEndpoints: { api } } } } } },
    );
    await session.ready();
    expect(session.ready()).toBeUndefined();
    expect(session.token()).toBe(access);
    expect(session.baseUrl()).toBe('https://api.business.githubcopilot.com');
    expect(calls).toHaveLength(1);
    expect(session.forget()).toBe(false);
  });

  test('goes to the usual address when none is told', async () => {
    const { session } = open({ access_token: 'gho_x' }, { graphql: { status: 500 } });
    expect(await session.ready()).toBeUndefined();
    expect(session.baseUrl()).toBe('https://api.githubcopilot.com');
  });

  test('is exchanged once when it is refused, and not where the file says how', async () => {
    const { session } = open({ access_token: 'gho_x' }, { exchange: () => token('t1'), graphql: {} });
    await session.ready();
    expect(session.switchMode()).toBe(true);
    await session.ready();
    expect(session.token()).toBe('t1');
    session.worked();
    expect(session.switchMode()).toBe(false);
    expect(session.token()).toBe('t1');
    expect(open({ access_token: 'gho_x', auth_mode: 'direct' }).session.switchMode()).toBe(false);
  });

  test('is used as before when the exchange does not help either', async () => {
    const { session } = open({ access_token: 'gho_x' }, { exchange: () => token('t1'), graphql: {} });
    await session.ready();
    expect([session.switchMode(), session.switchMode(), session.switchMode()]).toEqual([true, false, false]);
    expect(session.token()).toBe('gho_x');
  });

  test('is left as it is once it has worked', async () => {
    const { session } = open({ access_token: 'gho_x' }, { graphql: {} });
    await session.ready();
    session.worked();
    expect(session.switchMode()).toBe(false);
  });

  test('needs no discovery where the config has the address', () => {
    const { session, calls } = open({ access_token: 'gho_x' }, {}, 'http://127.0.0.1:9/');
    expect(session.ready()).toBeUndefined();
    expect(session.baseUrl()).toBe('http://127.0.0.1:9');
    expect(calls).toHaveLength(0);
  });
});

describe('addresses', () => {
  const addresses = (fields: JsonObject) => addressesOf(fields, accountContext());

  test.each([
    ['https://api.githubcopilot.com', {}, true],
    ['https://api.enterprise.githubcopilot.com', {}, true],
    ['https://githubcopilot.com.evil.example', {}, false],
    ['https://evilgithubcopilot.com', {}, false],
    ['http://api.githubcopilot.com', {}, false],
    ['https://user:pw@api.githubcopilot.com', {}, false],
    ['https://copilot-api.company.ghe.com', {}, false],
    ['https://copilot-api.company.ghe.com', { enterprise_url: 'https://company.ghe.com/' }, true],
    ['nonsense', {}, false],
  ])('a discovered %s of %j may get the token: %s', (url, fields, expected) => {
    expect(acceptedAddress(url, addresses(fields)) !== undefined).toBe(expected);
  });

  test('of an enterprise hang below its domain', () => {
    expect(addresses({ enterprise_url: 'https://company.ghe.com/' })).toMatchObject({
      domain: 'company.ghe.com',
      exchange: 'https://api.company.ghe.com/copilot_internal/v2/token',
      usage: 'https://api.company.ghe.com/copilot_internal/user',
      fallback: 'https://copilot-api.company.ghe.com',
    });
  });

  test('by plan where nothing else tells', () => {
    expect(addresses({ copilot_plan: 'business' }).fallback).toBe('https://api.business.githubcopilot.com');
    expect(addresses({}).fallback).toBe('https://api.githubcopilot.com');
  });

  test('a token that came with a foreign address goes to the usual one', async () => {
    const { session } = open(
      { access_token: 'ghu_x' },
      { exchange: () => token('t', { endpoints: { api: 'https://evil.example' } }) },
    );
    await session.ready();
    expect(session.baseUrl()).toBe('https://api.githubcopilot.com');
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { readServiceAccount } from '../../../../src/daemon/login/google/service-account.js';
import { type GoogleSource, openGoogleTokens } from '../../../../src/daemon/login/google/tokens.js';
import { accountContext, type SideAnswer, sideCalls } from '../../../support/accounts.js';
import { type GoogleTokenDesk, makeServiceAccount, openGoogleTokenDesk } from '../../../support/vendors/google.js';

const MINUTE = 60_000;
const service = makeServiceAccount();
const SERVICE: GoogleSource = { kind: 'service-account', account: readServiceAccount(service.file) };
const PERSON: GoogleSource = {
  kind: 'authorized-user',
  clientId: 'client-1',
  clientSecret: 'client-secret-1',
  refreshToken: '1//refresh-1',
};

let desk: GoogleTokenDesk;
let planned: SideAnswer[];
let calls: ReturnType<typeof sideCalls>['calls'];
let context: ReturnType<typeof accountContext>;

beforeEach(() => {
  planned = [];
  const side = sideCalls({
    '/token': ({ body, headers }) =>
      planned.shift() ??
      desk.answer(new URLSearchParams(Buffer.from(body ?? []).toString('utf8')), headers['user-agent']),
  });
  calls = side.calls;
  context = accountContext({}, { http: side.http });
  desk = openGoogleTokenDesk(service, context.clock.now);
  desk.refreshTokens.set('1//refresh-1', { clientId: 'client-1', clientSecret: 'client-secret-1' });
});

describe.each([
  { name: 'a service account', source: SERVICE },
  { name: 'an application-default login', source: PERSON },
])('tokens of $name', ({ source }) => {
  test('are asked for once, by all who wait, and kept', async () => {
    const tokens = openGoogleTokens(source, context);
    expect(await Promise.all([tokens.ready(), tokens.ready()])).toEqual([undefined, undefined]);
    expect(tokens.ready()).toBeUndefined();
    expect(tokens.token()).toBe('ya29.test-0');
    expect(calls.map(({ url }) => url)).toEqual(['https://oauth2.googleapis.com/token']);
  });

  test('are renewed beside the requests five minutes before their end, and waited for after it', async () => {
    const tokens = openGoogleTokens(source, context);
    await tokens.ready();
    context.clock.advance(54 * MINUTE);
    expect(tokens.ready()).toBeUndefined();
    expect(calls).toHaveLength(1);
    context.clock.advance(MINUTE);
    expect(tokens.ready()).toBeUndefined();
    expect(tokens.token()).toBe('ya29.test-0');
    context.clock.advance(5 * MINUTE);
    await tokens.ready();
    expect(tokens.token()).toBe('ya29.test-1');
    expect(calls).toHaveLength(2);
  });

  test('that were refused are forgotten, and had anew', async () => {
    const tokens = openGoogleTokens(source, context);
    expect(tokens.forget()).toBe(false);
    await tokens.ready();
    expect(tokens.forget()).toBe(true);
    await tokens.ready();
    expect(tokens.token()).toBe('ya29.test-1');
  });
});

test.each([
  { name: 'a revoked key', answer: { status: 400, body: { error: 'invalid_grant' } }, reason: 'auth', status: 401 },
  {
    name: 'a limit',
    answer: { status: 429, headers: { 'retry-after': '7' } },
    reason: 'rate-limit',
    status: 429,
    retryAfterMs: 7000,
  },
  { name: 'trouble at Google', answer: { status: 503 }, reason: 'server', status: 503 },
  { name: 'no token in the answer', answer: { status: 200, body: {} }, reason: 'protocol', status: 502 },
])('$name is told as it is, and the next request asks again', async ({ answer, name: _name, ...facts }) => {
  planned.push(answer);
  const tokens = openGoogleTokens(SERVICE, context);
  expect(await tokens.ready()).toMatchObject(facts);
  expect(await tokens.ready()).toBeUndefined();
});

test('secrets of a login do not come back in a refusal', async () => {
  planned.push({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'bad 1//refresh-1 client-secret-1' },
  });
  const failure = await openGoogleTokens(PERSON, context).ready();
  expect(JSON.stringify(failure)).not.toMatch(/refresh-1|secret-1/);
});

test('the operator’s own token address is used, for the same audience', async () => {
  const side = sideCalls({
    '/own': ({ body, headers }) =>
      desk.answer(new URLSearchParams(Buffer.from(body ?? []).toString('utf8')), headers['user-agent']),
  });
  const own = accountContext({ endpoints: { token: 'https://google.example/own' } }, { http: side.http });
  expect(await openGoogleTokens(SERVICE, own).ready()).toBeUndefined();
  expect(side.calls.map(({ url }) => url)).toEqual(['https://google.example/own']);
});

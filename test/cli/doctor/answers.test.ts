import { describe, expect, test } from 'vitest';
import { answersCheck } from '../../../src/cli/doctor/checks/answers.js';
import type { DoctorContext } from '../../../src/cli/doctor/context.js';
import type { AccountQuota, CredentialSummary, CredentialTest } from '../../../src/shared/contract/credentials.js';
import { AppError } from '../../../src/shared/errors.js';
import { loggedIn } from '../../support/stub-daemon.js';

const summary = (id: string, more: Partial<CredentialSummary> = {}): CredentialSummary => ({
  ...loggedIn(['m'], id),
  label: id,
  email: `${id}@example.com`,
  ...more,
});
const works = (id: string): CredentialTest => ({ id, label: id, model: 'm', works: true, status: 200, latencyMs: 9 });
const fails = (id: string, reason: string, more: { code?: string; message?: string } = {}): CredentialTest => ({
  ...works(id),
  works: false,
  status: 401,
  error: { reason, message: 'no', ...more },
});
const quota = (credential: string, more: Partial<AccountQuota> = {}): AccountQuota => ({
  credential,
  label: credential,
  provider: 'claude',
  windows: [],
  source: 'usage-call',
  ...more,
});

interface Answers {
  readonly credentials?: readonly CredentialSummary[] | AppError;
  readonly tests?: Readonly<Record<string, CredentialTest | AppError>>;
  readonly quotas?: readonly AccountQuota[] | AppError;
}

/** The check with what a daemon would answer it; with `tests` as by `--test`. */
function look({ credentials = [summary('ann'), summary('bob')], tests, quotas = [] }: Answers) {
  const unused = (): never => {
    throw new Error('this check does not ask for that');
  };
  const context: DoctorContext = {
    nodeVersion: '20.19.0',
    platform: 'linux',
    paths: { configDir: '', dataDir: '', stateDir: '', logDir: '', runDir: '' },
    state: {} as DoctorContext['state'],
    config: undefined,
    providerCounts: unused,
    status: unused,
    loginProviders: unused,
    credentialFiles: unused,
    now: () => 0,
    probes: unused,
    credentials: async () => credentials,
    isTesting: tests !== undefined,
    testCredential: async (id) => tests?.[id] ?? unused(),
    quotas: async () => quotas,
  };
  return answersCheck.run(context, new AbortController().signal);
}

describe('with --test', () => {
  test('all that answer are fine', async () => {
    const result = await look({ tests: { ann: works('ann'), bob: works('bob') } });
    expect(result).toMatchObject({ state: 'ok', message: '2 credentials asked, and none failed' });
    expect(result.facts).toMatchObject({ tests: [{ id: 'ann' }, { id: 'bob' }] });
  });

  test('one of two still serves, none does not', async () => {
    expect(await look({ tests: { ann: works('ann'), bob: fails('bob', 'auth') } })).toMatchObject({ state: 'warning' });
    expect(await look({ tests: { ann: fails('ann', 'auth'), bob: fails('bob', 'auth') } })).toMatchObject({
      state: 'problem',
    });
  });

  test.each([
    { reason: 'auth', hint: /cliproxyctl login claude/ },
    { reason: 'billing', hint: /balance or plan/ },
    { reason: 'forbidden', hint: /plan has this model/ },
    { reason: 'rate-limit', hint: /cliproxyctl quota/ },
    { reason: 'model-missing', hint: /credentials test ann --model/ },
    { reason: 'network', hint: /Upstreams/ },
    { reason: 'server', hint: /cliproxyctl logs/ },
  ])('$reason has a next step of its own', async ({ reason, hint }) => {
    const result = await look({ credentials: [summary('ann')], tests: { ann: fails('ann', reason) } });
    expect(result.hint).toMatch(hint);
  });

  test('a key of the config is not mended by a login', async () => {
    const credentials = [summary('ann', { source: 'config' })];
    expect((await look({ credentials, tests: { ann: fails('ann', 'auth') } })).hint).toContain('into the config');
  });

  test('a login for its vendor’s own client only is no failure', async () => {
    const tests = { ann: fails('ann', 'forbidden', { code: 'first_party_only' }), bob: works('bob') };
    expect(await look({ tests })).toMatchObject({ state: 'ok' });
  });

  test('what is switched off, unusable or without a model is not asked', async () => {
    const credentials = [
      summary('off', { disabled: true }),
      summary('odd', { state: 'unusable' }),
      summary('empty', { models: 0 }),
    ];
    expect(await look({ credentials, tests: {} })).toMatchObject({ state: 'skipped' });
  });
});

describe('without it', () => {
  test('usage calls tell who is accepted', async () => {
    expect(await look({ quotas: [quota('ann'), quota('bob')] })).toMatchObject({
      state: 'ok',
      message: expect.stringContaining('2 logins accepted by the vendor'),
    });
  });

  test('one that the vendor refuses is named, with the way to find out more', async () => {
    const result = await look({ quotas: [quota('ann', { error: 'Anthropic does not tell: HTTP 401' }), quota('bob')] });
    expect(result.state).toBe('warning');
    expect(result.findings?.[0]).toMatchObject({
      message: expect.stringMatching(/^ann@example\.com.*HTTP 401/),
      hint: expect.stringContaining('cliproxyctl credentials test ann'),
    });
  });

  test('one that is accepted with nothing left is a finding', async () => {
    const window = { id: 'week', title: 'this week', usedPercent: 100, exhausted: true };
    const result = await look({ credentials: [summary('ann')], quotas: [quota('ann', { windows: [window] })] });
    expect(result).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('nothing is left of this week'),
    });
  });

  test('where no vendor can be asked for nothing, it says how to ask', async () => {
    expect(await look({ quotas: [quota('ann', { source: 'response-headers' })] })).toMatchObject({
      state: 'skipped',
      message: expect.stringContaining('cliproxyctl doctor --test'),
    });
  });
});

test('without a daemon nobody can be asked', async () => {
  expect(await look({ credentials: new AppError('not_running', 'not running') })).toMatchObject({ state: 'skipped' });
});

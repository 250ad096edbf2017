import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kiloLogins } from '../../../../src/daemon/providers/kilo/login.js';
import { type KiloFake, startKiloFake } from '../../../support/oauth/kilo.js';
import { openTestLogins, type TestLogins, type TestLoginsOptions } from '../../../support/oauth/logins.js';

const MINUTE = 60_000;
const FILE = 'kilo-ann@example.com.json';
const ACME = { id: 'org-0001', name: 'Acme', role: 'member' };

let vendor: KiloFake;
let logins: TestLogins;
let time: () => number;

const open = (options: Partial<TestLoginsOptions> = {}): TestLogins =>
  openTestLogins({ methods: kiloLogins, settings: { endpoints: vendor.endpoints }, ...options });

beforeEach(async () => {
  vendor = await startKiloFake(() => time());
  logins = open();
  time = logins.clock.now;
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

async function start(): Promise<{ readonly id: string; readonly code: string; readonly poll: string }> {
  const id = await logins.start({ method: 'device' });
  const { userCode: code } = await logins.event(id, 'device-code');
  return { id, code, poll: vendor.pollOf(code) };
}

async function nextPoll(poll: string, stepMs = 3_000): Promise<void> {
  const before = vendor.requests.filter(({ route }) => route === poll).length;
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(stepMs);
  await vendor.asked(poll, before + 1);
}

test('a login by code ends as a credential file of the other gateways', async () => {
  const { id, code, poll } = await start();
  const shown = await logins.event(id, 'device-code');
  expect(shown).toMatchObject({
    url: `${vendor.url}/device-auth?code=${code}`,
    expiresAt: logins.clock.now() + 10 * MINUTE,
  });
  await nextPoll(poll);
  vendor.approve(code);
  await nextPoll(poll);
  const { result } = await logins.end(id);
  expect(result).toEqual({ credential: `acme:${FILE}`, name: FILE, label: 'ann@example.com', replaced: false });
  expect((await logins.stored())[FILE]).toEqual({
    kilocodeToken: expect.stringMatching(/^eyJ\./),
    kilocodeOrganizationId: '',
    kilocodeModel: 'anthropic/claude-sonnet-4',
    email: 'ann@example.com',
    type: 'kilo',
  });
});

describe('who is to pay', () => {
  const untilAsked = async (): Promise<string> => {
    vendor.organizations = [ACME];
    const { id, code, poll } = await start();
    vendor.approve(code);
    await nextPoll(poll);
    const question = await logins.event(id, 'question');
    expect(question).toMatchObject({
      id: 'organization',
      fallback: 'personal',
      choices: [
        { value: 'personal', label: 'Personal account' },
        { value: 'org-0001', label: 'Acme' },
      ],
    });
    return id;
  };

  test.each([
    { value: 'personal', organization: '', name: FILE, model: 'anthropic/claude-sonnet-4' },
    {
      value: 'org-0001',
      organization: 'org-0001',
      name: 'kilo-ann@example.com-org-0001.json',
      model: 'kilo-auto/free',
    },
  ])('is asked, and $value is kept', async ({ value, organization, name, model }) => {
    const id = await untilAsked();
    logins.sessions.answer({ id, question: 'organization', value });
    expect((await logins.end(id)).result).toMatchObject({ name });
    expect((await logins.stored())[name]).toMatchObject({
      kilocodeOrganizationId: organization,
      kilocodeModel: model,
    });
  });

  test('two payers of one person are two files, and each takes the place of its own', async () => {
    await logins.store.write('mine.json', { type: 'kilo', kilocodeToken: 'old', email: 'Ann@example.com' });
    const first = await untilAsked();
    logins.sessions.answer({ id: first, question: 'organization', value: 'org-0001' });
    expect((await logins.end(first)).result).toMatchObject({ replaced: false });
    const second = await untilAsked();
    logins.sessions.answer({ id: second, question: 'organization', value: 'personal' });
    expect((await logins.end(second)).result).toMatchObject({ name: 'mine.json', replaced: true });
    expect(Object.keys(await logins.stored())).toHaveLength(2);
  });

  test('is not asked where it was said before, by name', async () => {
    vendor.organizations = [ACME];
    vendor.addToken('eyJ.key.sig');
    const id = await logins.start({ method: 'token', options: { organization: 'acme' } });
    await logins.event(id, 'question');
    logins.sessions.answer({ id, question: 'token', value: 'eyJ.key.sig' });
    expect((await logins.end(id)).result).toMatchObject({ label: 'ann@example.com (Acme)' });
  });

  test('is never somebody the login does not know', async () => {
    vendor.addToken('eyJ.key.sig');
    const id = await logins.start({ method: 'token', options: { organization: 'evil' } });
    await logins.event(id, 'question');
    logins.sessions.answer({ id, question: 'token', value: 'eyJ.key.sig' });
    expect((await logins.end(id)).error).toMatchObject({ code: 'login_option_invalid' });
  });
});

test.each([
  { name: 'denied by status', answer: { status: 403, body: '' }, code: 'login_denied' },
  { name: 'denied in the body', answer: { body: { status: 'denied' } }, code: 'login_denied' },
  { name: 'expired by status', answer: { status: 410, body: '' }, code: 'login_expired' },
  { name: 'expired in the body', answer: { body: { status: 'expired' } }, code: 'login_expired' },
  { name: 'approved without a token', answer: { body: { status: 'approved' } }, code: 'login_refused' },
  { name: 'approved without an e-mail', answer: { body: { status: 'approved', token: 't' } }, code: 'login_refused' },
  { name: 'answered with something else', answer: { status: 418, body: '' }, code: 'login_refused' },
])('ends when $name', async ({ answer, code: expected }) => {
  const { id, code, poll } = await start();
  vendor.next(poll, answer);
  await nextPoll(poll);
  const { state, error } = await logins.end(id);
  expect({ state, code: error?.code }).toEqual({ state: 'failed', code: expected });
  // The code polls too: it is as good as a secret.
  expect(JSON.stringify(error)).not.toContain(code);
  expect(await logins.stored()).toEqual({});
});

test.each([
  { name: 'a 5xx', answer: { status: 502, body: '<html>' } },
  { name: 'a broken connection', answer: { breaks: true } },
  { name: 'a pending body', answer: { body: { status: 'pending' } } },
])('$name while polling is no end', async ({ answer }) => {
  const { id, code, poll } = await start();
  vendor.next(poll, answer);
  await nextPoll(poll);
  vendor.approve(code);
  await nextPoll(poll, 6_000);
  expect((await logins.end(id)).state).toBe('succeeded');
});

test('a code is not polled past its end', async () => {
  const { id } = await start();
  await logins.clock.someoneSleeps(4 * MINUTE);
  logins.clock.advance(10 * MINUTE);
  expect((await logins.end(id)).error?.code).toBe('login_expired');
});

test('too many waiting logins are said as that', async () => {
  vendor.next('POST /api/device-auth/codes', { status: 429, body: '' });
  const id = await logins.start({ method: 'device' });
  expect((await logins.end(id)).error).toMatchObject({
    message: expect.stringContaining('too many logins'),
    hint: expect.stringContaining('wait'),
  });
});

test.each([
  { name: 'a profile that cannot be read', route: 'GET /api/profile' },
  { name: 'defaults that cannot be read', route: 'GET /api/defaults' },
])('$name costs no login', async ({ route }) => {
  vendor.next(route, { status: 500, body: '' });
  const { id, code, poll } = await start();
  vendor.approve(code);
  await nextPoll(poll);
  expect((await logins.end(id)).result).toMatchObject({ name: FILE });
});

describe('an API key', () => {
  const enter = async (token: string) => {
    const id = await logins.start({ method: 'token' });
    expect(await logins.event(id, 'question')).toMatchObject({ id: 'token', secret: true });
    logins.sessions.answer({ id, question: 'token', value: token });
    return logins.end(id);
  };

  test('is a token like another', async () => {
    vendor.addToken('eyJ.key.sig');
    expect((await enter('eyJ.key.sig')).result).toMatchObject({ name: FILE });
    expect((await logins.stored())[FILE]).toMatchObject({ kilocodeToken: 'eyJ.key.sig' });
  });

  test('that Kilo does not know is refused, and not repeated', async () => {
    const { error } = await enter('eyJ.unknown.sig');
    expect(error).toMatchObject({ code: 'login_refused', message: expect.stringContaining('does not know') });
    expect(JSON.stringify(error)).not.toContain('eyJ.unknown.sig');
  });
});

describe('the login of the Kilo CLI', () => {
  const takeOver = async (files: Record<string, string>) => {
    const own = open({ files });
    time = own.clock.now;
    const id = await own.start({ method: 'import' });
    const end = await own.end(id);
    const stored = await own.stored();
    await own.close();
    return { end, stored };
  };
  const store = '/home/ann/.local/share/kilo/auth.json';

  test.each([
    {
      name: 'its config',
      file: '/home/ann/.kilocode/cli/config.json',
      content: {
        providers: [
          { provider: 'openrouter', kilocodeToken: 'no' },
          { provider: 'kilocode', kilocodeToken: 'eyJ.cli.sig', kilocodeOrganizationId: 'org-0001' },
        ],
      },
    },
    {
      name: 'its newer store, as a login',
      file: store,
      content: {
        kilo: { type: 'oauth', access: 'eyJ.cli.sig', refresh: 'eyJ.cli.sig', expires: 1, accountId: 'org-0001' },
      },
    },
  ])('is found in $name, with who pays', async ({ file, content }) => {
    vendor.organizations = [ACME];
    vendor.addToken('eyJ.cli.sig');
    const { stored } = await takeOver({ [file]: JSON.stringify(content) });
    expect(Object.values(stored)).toEqual([
      expect.objectContaining({ kilocodeToken: 'eyJ.cli.sig', kilocodeOrganizationId: 'org-0001' }),
    ]);
  });

  test('is found in its newer store, as a key', async () => {
    vendor.addToken('eyJ.cli.sig');
    const { end } = await takeOver({ [store]: JSON.stringify({ kilo: { type: 'api', key: 'eyJ.cli.sig' } }) });
    expect(end.state).toBe('succeeded');
  });

  test('that is not there is said', async () => {
    const { end } = await takeOver({});
    expect(end.error).toMatchObject({ code: 'login_source_missing', message: expect.stringContaining(store) });
  });
});

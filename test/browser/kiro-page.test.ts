import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Chromium, startChromium, type Tab, type View } from '../support/chromium.js';
import { type KiroPagesStand, openKiroPagesStand, summaryOf } from '../support/kiro-pages.js';
import { MANAGEMENT_KEY } from '../support/management.js';

// A browser, on a busy machine, over pages that look at the status every three seconds.
const SLOW = { timeout: 90_000 };
const VIEWS: readonly View[] = [
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
];

let chromium: Chromium;
let stand: KiroPagesStand;
let tab: Tab;
beforeAll(async () => {
  chromium = await startChromium();
}, 60_000);
afterAll(() => chromium.close());
beforeEach(async () => {
  stand = await openKiroPagesStand();
  await stand.serve();
  tab = await chromium.newTab();
});
afterEach(async () => {
  await tab.close();
  await stand.close();
});

const seen = (selector: string): Promise<void> => tab.until(`document.querySelector(${JSON.stringify(selector)})`);
const textOf = async (selector: string): Promise<string> =>
  String(await tab.value(`document.querySelector(${JSON.stringify(selector)}).textContent.trim()`));
const signIn = async (): Promise<void> => {
  await tab.open(stand.url);
  await tab.type('#key', MANAGEMENT_KEY);
  await tab.press('Enter');
  await seen('#builder');
};
/** Somebody agrees at AWS. */
const approve = async (): Promise<void> => {
  stand.vendor.approveDevice(await textOf('#user-code'));
  await stand.logins.clock.someoneSleeps(15_000);
  stand.logins.clock.advance(6_000);
};

/** What any page must be, whatever it shows. An answer that says no is an answer: only its status is complained of. */
const expectSound = async (name: string): Promise<void> => {
  const faults = await tab.value(`(() => {
    const seen = (e) => e.offsetWidth > 0 && e.type !== 'hidden';
    const controls = [...document.querySelectorAll('a[href], button, input')].filter(seen);
    const named = (e) => (e.labels?.length ?? 0) > 0 || e.textContent.trim() !== '';
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    const referred = [...document.querySelectorAll('[aria-describedby], [aria-labelledby]')]
      .flatMap((e) => [e.getAttribute('aria-describedby'), e.getAttribute('aria-labelledby')])
      .flatMap((list) => (list ?? '').split(' ').filter(Boolean));
    const small = (e) => e.matches('button, .button, input:not([type=checkbox], [type=radio])') && e.offsetHeight < 44;
    return {
      scrollsSideways: document.documentElement.scrollWidth > innerWidth,
      headings: document.querySelectorAll('h1').length,
      language: document.documentElement.lang,
      nameless: controls.filter((e) => !named(e)).map((e) => e.outerHTML),
      small: controls.filter(small).map((e) => e.outerHTML),
      twice: ids.filter((id, index) => ids.indexOf(id) !== index),
      lost: referred.filter((id) => document.getElementById(id) === null),
      faint: [...document.querySelectorAll('h1, h2, p, label, dt, dd, a, button, .badge, li')].filter(seen)
        .map((e) => [contrast(e), e.textContent.trim().slice(0, 40)]).filter(([ratio]) => ratio < 4.5),
    };
    function contrast(e) {
      let back = e;
      while (back.parentElement && rgba(getComputedStyle(back).backgroundColor)[3] === 0) back = back.parentElement;
      const [a, b] = [rgba(getComputedStyle(e).color), rgba(getComputedStyle(back).backgroundColor)].map(light);
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }
    function rgba(text) {
      const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
      return [r, g, b, a];
    }
    function light(colour) {
      const [r, g, b] = colour.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }
  })()`);
  expect(faults, name).toEqual({
    ...{ scrollsSideways: false, headings: 1, language: 'en' },
    ...{ nameless: [], small: [], twice: [], lost: [], faint: [] },
  });
  expect(
    tab.complaints().filter((text) => !/the server responded with a status of 40[0-4]/.test(text)),
    name,
  ).toEqual([]);
};

describe.each(VIEWS)('at $width pixels, $scheme', (view) => {
  beforeEach(() => tab.look(view));

  test('somebody signs in, confirms the code, and sees what was saved', SLOW, async () => {
    await tab.open(stand.url);
    await expectSound('sign-in');
    await tab.type('#key', 'not the key');
    await tab.press('Enter');
    await seen('#key-trouble');
    await expectSound('a wrong key');
    await tab.type('#key', MANAGEMENT_KEY);
    await tab.press('Enter');
    await seen('#builder');
    await expectSound('the choices');

    await tab.click('form[action$="/start"] button.primary');
    await seen('#user-code');
    await expectSound('the code');
    expect(await textOf('[role=status]')).toBe('Waiting for you at AWS…');
    expect(await textOf('[role=timer]')).toMatch(/^(10:00|9:5\d)$/);
    expect(await tab.value(`document.querySelector('a.primary').target`)).toBe('_blank');
    expect(await tab.value(`getComputedStyle(document.querySelector('#user-code')).fontSize`)).toMatch(/^(4[0-9]|52)/);
    await approve();
    await seen('#saved');
    await expectSound('what was saved');
    expect(await textOf('h1')).toBe('Login saved');
    expect(await textOf('dl code')).toBe('kiro-aws-ann@example.com.json');
    expect(Object.keys(await stand.logins.stored())).toEqual(['kiro-aws-ann@example.com.json']);
  });

  test('somebody pastes a token: a shortened one is explained, the whole one kept', SLOW, async () => {
    stand.others.push(
      summaryOf({}),
      summaryOf({ id: 'kiro:b', label: 'bob@example.com', refresh: { state: 'login-needed', reason: 'it is over' } }),
      summaryOf({ id: 'kiro:c', label: `${'long-'.repeat(12)}name@example.com`, disabled: true }),
    );
    await signIn();
    await expectSound('the choices with logins');
    await tab.type('#token', 'aorAAAAAG...9x2f');
    await tab.press('Enter');
    await seen('#token-trouble');
    await expectSound('a shortened token');
    expect(await tab.value('document.activeElement.id')).toBe('token');
    expect(await tab.value(`document.querySelector('#token').value`)).toBe('');
    await tab.type('#token', stand.vendor.socialToken);
    await tab.press('Enter');
    await seen('#saved');
    await expectSound('what was saved');
  });

  test('somebody meets what does not work', SLOW, async () => {
    await signIn();
    await tab.open(`${stand.url}/start?method=google`);
    await expectSound('no Google');
    await tab.open(`${stand.url}/wait?state=${'A'.repeat(22)}`);
    await expectSound('an unknown login');
    expect(await textOf('h1')).toBe('Unknown login');
    stand.vendor.next('POST /client/register', { status: 400, body: { error: 'x', error_description: '<img src=x>' } });
    await tab.open(stand.url);
    await tab.click('form[action$="/start"] button.primary');
    await seen('#start-trouble');
    await expectSound('a refusal of AWS');
  });
});

test('files are chosen, and their login is kept', SLOW, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-ide-'));
  try {
    const file = join(folder, 'kiro-auth-token.json');
    const login = { accessToken: 'aoa-ide', refreshToken: `aorAAAAAG${'i'.repeat(120)}`, email: 'ann@example.com' };
    await writeFile(file, JSON.stringify({ ...login, expiresAt: '2099-01-01T00:00:00Z', authMethod: 'social' }));
    await signIn();
    await tab.choose('#files', [file]);
    await tab.click('form:has(#files) button');
    await seen('#saved');
    await expectSound('what was saved, with a warning');
    expect(Object.values(await stand.logins.stored())).toMatchObject([{ refresh_token: login.refreshToken }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('an organisation with several profiles: the page asks by itself, the keyboard is enough', SLOW, async () => {
  stand.vendor.profiles = [...stand.vendor.profiles, { arn: 'arn:two', profileName: 'Production' }];
  await signIn();
  await tab.type('#start-url', 'https://d-1234567890.awsapps.com/start');
  await tab.press('Enter');
  await seen('#user-code');
  await approve();
  await seen('fieldset');
  await expectSound('a question');
  await tab.click('label[for=choice-1]');
  await tab.press('Enter');
  await seen('#saved');
  expect(Object.values(await stand.logins.stored())).toMatchObject([{ profile_arn: 'arn:two' }]);
});

test('a browser that is signed out meanwhile is asked for the key, and then back at its code', SLOW, async () => {
  await signIn();
  await tab.click('form[action$="/start"] button.primary');
  await seen('#user-code');
  const code = await textOf('#user-code');
  stand.api.secretHash = 'hash-of-a-new-key';
  await seen('#key');
  await tab.type('#key', 'a-new-key');
  await tab.press('Enter');
  await seen('#user-code');
  expect(await textOf('#user-code')).toBe(code);
});

test('without script everything still goes its way', SLOW, async () => {
  await tab.withoutScript();
  await signIn();
  await tab.click('form[action$="/start"] button.primary');
  await seen('#user-code');
  await expectSound('the code');
  await approve();
  await seen('#saved');
});

describe('a page of another port, the same site to a cookie', () => {
  let server: Server;
  let html: string;
  let url: string;
  beforeEach(async () => {
    server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await signIn();
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('can send no form that begins a login', SLOW, async () => {
    html = `<form method="post" action="${stand.url}/start"><input name="method" value="builder-id"><button>go</button></form>`;
    await tab.open(url);
    await tab.click('button');
    await tab.until(`document.title.startsWith('Not from here')`);
    html = `<a href="${stand.url}/start?method=builder-id">go</a>`;
    await tab.open(url);
    await tab.click('a');
    await seen('#builder');
    expect(stand.vendor.requests).toEqual([]);
  });

  test('can show none of ours in a frame', SLOW, async () => {
    html = `<iframe src="${stand.url}"></iframe>`;
    await tab.open(url);
    expect(tab.complaints().join()).toMatch(/frame-ancestors|refused to connect|X-Frame-Options/i);
  });
});

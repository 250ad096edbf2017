import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claudeLogins } from '../../src/daemon/providers/claude/login.js';
import { codexLogins } from '../../src/daemon/providers/codex/login.js';
import { visit } from '../support/oauth/browser.js';
import { type ClaudeFake, startClaudeFake } from '../support/oauth/claude.js';
import { type CodexFake, startCodexFake } from '../support/oauth/codex.js';
import { openTestLogins, type TestLogins } from '../support/oauth/logins.js';

// A browser starts up first: seconds on a busy machine.
const SLOW = { timeout: 60_000 };

describe('Claude', () => {
  let vendor: ClaudeFake;
  let logins: TestLogins;
  beforeEach(async () => {
    vendor = await startClaudeFake();
    logins = openTestLogins({ methods: claudeLogins, settings: { endpoints: vendor.endpoints } });
  });
  afterEach(async () => {
    await logins.close();
    await vendor.close();
  });

  test('a real browser comes back from the consent page to ours, and the login is kept', SLOW, async () => {
    const id = await logins.start({ method: 'browser' });
    const { url } = await logins.event(id, 'open-url');
    const page = await visit(url);
    expect(page.dom).toContain('<h1>Answer received</h1>');
    expect(page.console).toBe('');
    expect(await logins.end(id)).toMatchObject({ state: 'succeeded', result: { label: 'ann@example.com' } });
    expect(Object.keys(await logins.stored())).toEqual(['claude-ann@example.com.json']);
  });

  test('a refusal shows the vendor’s words as text, and runs none of them', SLOW, async () => {
    const id = await logins.start({ method: 'browser' });
    const { url, redirectUri } = await logins.event(id, 'open-url');
    const back = new URL(redirectUri);
    back.searchParams.set('state', new URL(url).searchParams.get('state') ?? '');
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', '<script>document.title = "owned"</script><img src=x onerror="1">');
    const page = await visit(back.href);
    expect(page.dom).toContain('<title>Login refused</title>');
    expect(page.dom).toContain('&lt;script&gt;');
    expect(page.dom).not.toContain('<img');
    expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code: 'login_denied' } });
    expect(await logins.stored()).toEqual({});
  });

  test('a link to some other login is told apart, and the login goes on', SLOW, async () => {
    const id = await logins.start({ method: 'browser' });
    const { url, redirectUri } = await logins.event(id, 'open-url');
    expect((await visit(`${redirectUri}?code=stolen&state=other`)).dom).toContain('<h1>Unknown login</h1>');
    expect((await visit(url)).dom).toContain('<h1>Answer received</h1>');
    expect((await logins.end(id)).state).toBe('succeeded');
  });

  test('a second visit while the first is worked on is told so', SLOW, async () => {
    vendor.next('POST /v1/oauth/token', { hangs: true });
    const id = await logins.start({ method: 'browser' });
    const { url } = await logins.event(id, 'open-url');
    await visit(url);
    expect((await visit(url)).dom).toContain('<h1>Already answered</h1>');
    logins.sessions.cancel(id);
    expect((await logins.end(id)).state).toBe('cancelled');
    expect(await logins.stored()).toEqual({});
  });
});

describe('Codex', () => {
  let vendor: CodexFake;
  let logins: TestLogins;
  beforeEach(async () => {
    vendor = await startCodexFake();
    logins = openTestLogins({ methods: codexLogins, settings: { endpoints: vendor.endpoints } });
  });
  afterEach(async () => {
    await logins.close();
    await vendor.close();
  });

  test('the browser wins over the code on another device', SLOW, async () => {
    const id = await logins.start();
    await logins.event(id, 'device-code');
    const { url } = await logins.event(id, 'open-url');
    expect((await visit(url)).dom).toContain('<h1>Answer received</h1>');
    expect(await logins.end(id)).toMatchObject({ state: 'succeeded', result: { label: 'ann@example.com' } });
    expect(Object.keys(await logins.stored())).toHaveLength(1);
  });
});

import { afterEach, expect, test } from 'vitest';
import { claudeLogins } from '../../../src/daemon/providers/claude/login.js';
import { codexLogins } from '../../../src/daemon/providers/codex/login.js';
import { copilotLogins } from '../../../src/daemon/providers/copilot/login.js';
import { startClaudeFake } from '../../support/oauth/claude.js';
import { startCodexFake } from '../../support/oauth/codex.js';
import { startGitHubFake } from '../../support/oauth/github.js';
import { consent, follow, freePort, openTestLogins } from '../../support/oauth/logins.js';
import { startHttpProxy, startSocksProxy, type TestProxy } from '../../support/proxies.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function later<T extends { close(): Promise<void> }>(opened: T): T {
  closing.push(() => opened.close());
  return opened;
}

const PROXIES: readonly { readonly name: string; readonly start: () => Promise<TestProxy> }[] = [
  { name: 'an HTTP proxy', start: startHttpProxy },
  { name: 'a SOCKS proxy', start: startSocksProxy },
];

/** Every call, and the whole login with it, goes by way of the proxy. */
function expectAllThrough(proxy: TestProxy, vendorUrl: string): void {
  expect(new Set(proxy.targets)).toEqual(new Set([new URL(vendorUrl).host]));
}

test.each(PROXIES)('a login to Claude goes through $name', async ({ start }) => {
  const proxy = later(await start());
  const vendor = later(await startClaudeFake());
  const settings = { endpoints: vendor.endpoints };
  const logins = later(openTestLogins({ methods: claudeLogins, settings, proxy: () => proxy.url }));
  const id = await logins.start({ method: 'browser' });
  await follow(await consent((await logins.event(id, 'open-url')).url));
  expect((await logins.end(id)).state).toBe('succeeded');
  expectAllThrough(proxy, vendor.url);
});

test.each(PROXIES)('a login to Codex by code goes through $name', async ({ start }) => {
  const proxy = later(await start());
  const vendor = later(await startCodexFake());
  const settings = { endpoints: vendor.endpoints };
  const logins = later(openTestLogins({ methods: codexLogins, settings, proxy: () => proxy.url }));
  const id = await logins.start({ method: 'device' });
  vendor.approveDevice((await logins.event(id, 'device-code')).userCode);
  await logins.clock.someoneSleeps(240_000);
  logins.clock.advance(8_000);
  expect((await logins.end(id)).state).toBe('succeeded');
  expectAllThrough(proxy, vendor.url);
});

test.each(PROXIES)('a login to Copilot goes through $name', async ({ start }) => {
  const proxy = later(await start());
  let time = (): number => 0;
  const vendor = later(await startGitHubFake(() => time()));
  const settings = { endpoints: vendor.endpoints, upstreamUrl: vendor.upstreamUrl };
  const logins = later(openTestLogins({ methods: copilotLogins, settings, proxy: () => proxy.url }));
  time = logins.clock.now;
  const id = await logins.start();
  vendor.approve((await logins.event(id, 'device-code')).userCode);
  await logins.clock.someoneSleeps(240_000);
  logins.clock.advance(6_000);
  expect(await logins.end(id)).toMatchObject({ state: 'succeeded', result: { label: 'ann' } });
  expectAllThrough(proxy, vendor.url);
});

test('a proxy that is down is named as what it is, and nothing is kept', async () => {
  const vendor = later(await startClaudeFake());
  const dead = `http://127.0.0.1:${await freePort()}`;
  const logins = later(
    openTestLogins({ methods: claudeLogins, settings: { endpoints: vendor.endpoints }, proxy: () => dead }),
  );
  const id = await logins.start({ method: 'browser' });
  await follow(await consent((await logins.event(id, 'open-url')).url));
  const { state, error } = await logins.end(id);
  expect(state).toBe('failed');
  expect(error).toMatchObject({ code: 'vendor_unreachable', hint: expect.stringContaining('proxy-url') });
  expect(await logins.stored()).toEqual({});
});

test('an answer without end is cut, not kept in memory', async () => {
  const vendor = later(await startClaudeFake());
  vendor.next('POST /v1/oauth/token', { status: 500, body: `{"error":"${'x'.repeat(1_000_000)}"}` });
  const logins = later(openTestLogins({ methods: claudeLogins, settings: { endpoints: vendor.endpoints } }));
  const id = await logins.start({ method: 'browser' });
  await follow(await consent((await logins.event(id, 'open-url')).url));
  const { error } = await logins.end(id);
  expect(error?.message).toBe('Anthropic did not take the code: HTTP 500');
});

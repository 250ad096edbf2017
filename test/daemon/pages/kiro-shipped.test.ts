import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { until } from '../../support/daemon-process.js';
import { type KiroFake, startKiroFake } from '../../support/oauth/kiro.js';

const KEY = 'my-management-key';

let build: CliBuild;
let cli: Cli;
let vendor: KiroFake;
let url: string;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  vendor = await startKiroFake();
  cli = await build.open();
  await cli.writeConfig(
    `port: 0\nauth-dir: ${join(cli.home, 'auths')}\napi-keys: [sk-client-key-one]\nremote-management: {secret-key: ${KEY}}\n` +
      `oauth-endpoints: {kiro: ${JSON.stringify(vendor.endpoints)}}\n`,
  );
  await cli.run(['start']);
  const { details } = await cli.json(['status']);
  url = (details as { listen: { url: string } }).listen.url;
});
afterEach(async () => {
  await cli.close();
  await vendor.close();
});

test('the installed program serves its pages whole, and a login by them is in use', { timeout: 90_000 }, async () => {
  const page = `${url}/v0/oauth/kiro`;
  const asked = await fetch(page);
  expect(asked.status).toBe(401);
  const assets = [...(await asked.text()).matchAll(/(?:src|href)="(\/v0\/oauth\/kiro\/assets\/[^"]+)"/g)].map(
    ([, path]) => path,
  );
  expect(assets.length).toBeGreaterThanOrEqual(3);
  for (const path of assets) expect((await fetch(url + path)).status, path).toBe(200);

  const headers = { origin: url };
  const signedIn = await fetch(`${page}/sign-in`, {
    ...{ method: 'POST', headers, redirect: 'manual' },
    body: new URLSearchParams({ key: KEY }),
  });
  expect(signedIn.status).toBe(303);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const begun = await fetch(`${page}/start`, {
    ...{ method: 'POST', headers: { ...headers, cookie } },
    body: new URLSearchParams({ method: 'builder-id' }),
  });
  expect(begun.status).toBe(200);
  const state = new URL(begun.url).searchParams.get('state') ?? '';
  vendor.approveDevice(/ABCD-\w+/.exec(await begun.text())?.[0] ?? '');
  const statusOf = async (): Promise<unknown> =>
    (await fetch(`${page}/status?state=${state}`, { headers: { cookie } })).json();
  await until(statusOf, (told) => (told as { status: string }).status !== 'pending');
  expect(await statusOf()).toMatchObject({ status: 'success' });
  expect(await readdir(join(cli.home, 'auths'))).toContain('kiro-aws-ann@example.com.json');
  const saved = await (await fetch(`${page}/callback?state=${state}`, { headers: { cookie } })).text();
  expect(saved).toMatch(/<dd>\d+ models<\/dd>/);
  const chooser = await (await fetch(page, { headers: { cookie } })).text();
  expect(chooser).toContain('ann@example.com');
});

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { startVendorServer, type VendorServer } from '../../support/oauth/vendor-server.js';
import { makeServiceAccount, openGoogleTokenDesk } from '../../support/vendors/google.js';

const service = makeServiceAccount();
let build: CliBuild;
let cli: Cli;
let google: VendorServer;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  const desk = openGoogleTokenDesk(service, Date.now);
  google = await startVendorServer({
    'POST /token': (request) => desk.answer(request.form(), request.headers['user-agent']),
  });
  await cli.writeConfig(
    `port: 0\napi-keys: [sk-client-key-0123456789]\noauth-endpoints: { vertex: { token: '${google.url}/token' } }\n`,
  );
});
afterEach(async () => {
  await cli.close();
  await google.close();
});

async function saved(): Promise<Record<string, unknown>> {
  const folder = join(cli.home, 'auths');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const files = names.map(async (name) => [name, JSON.parse(await readFile(join(folder, name), 'utf8'))] as const);
  return Object.fromEntries(await Promise.all(files));
}

test('a key file is proven, kept under its prefix, and its models are listed', { timeout: 60_000 }, async () => {
  const path = join(cli.home, 'key.json');
  await writeFile(path, JSON.stringify(service.file, null, 2));
  const { code, stdout, stderr } = await cli.run([
    'vertex',
    'import',
    path,
    '--prefix',
    'teamA',
    '--location',
    'global',
  ]);
  expect(stderr).toContain('Google Cloud project is billed');
  expect(code).toBe(0);
  expect(stdout).toContain(service.email);
  expect(stdout + stderr).not.toContain('PRIVATE KEY');
  expect(await saved()).toEqual({
    'vertex-teamA-demo-project.json': {
      type: 'vertex',
      project_id: 'demo-project',
      email: service.email,
      location: 'global',
      prefix: 'teamA',
      service_account: service.file,
    },
  });
  const { details } = await cli.json(['models']);
  expect(JSON.stringify(details)).toContain('teamA/gemini-2.5-pro');
});

test('a key file is taken by login too', { timeout: 60_000 }, async () => {
  const path = join(cli.home, 'key.json');
  await writeFile(path, JSON.stringify(service.file, null, 2));
  const { code, stdout } = await cli.run(['login', 'vertex', '--token-file', path]);
  expect(code).toBe(0);
  expect(stdout).toContain(service.email);
  expect(Object.keys(await saved())).toEqual(['vertex-demo-project.json']);
});

describe('what cannot be used is said, and nothing is kept', () => {
  test.each([
    { name: 'no such file', content: undefined, code: 2, says: 'cannot be read' },
    { name: 'no JSON', content: '-----BEGIN PRIVATE KEY-----', code: 2, says: 'is no JSON' },
    {
      name: 'no project',
      content: JSON.stringify({ ...service.file, project_id: '' }),
      code: 1,
      says: 'project_id missing',
    },
  ])('$name', { timeout: 60_000 }, async ({ content, code: expected, says }) => {
    const path = join(cli.home, 'key.json');
    if (content !== undefined) await writeFile(path, content);
    const { code, stderr } = await cli.run(['vertex', 'import', path]);
    expect(code).toBe(expected);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('BEGIN PRIVATE');
    expect(await saved()).toEqual({});
  });
});

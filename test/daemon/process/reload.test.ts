import { readFile, rename, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Status } from '../../../src/shared/contract/lifecycle.js';
import {
  buildDaemonEntry,
  type DaemonHome,
  openDaemonHome,
  type StartedDaemon,
  until,
} from '../../support/daemon-process.js';

const CONFIG = '# my gateway\nhost: 127.0.0.1\nport: 0\napi-keys:\n  - sk-client-key-one # laptop\n';
const TWO_KEYS = `${CONFIG}  - sk-client-key-two\n`;

let entry: Awaited<ReturnType<typeof buildDaemonEntry>>;
let home: DaemonHome;
let daemon: StartedDaemon;
beforeAll(async () => {
  entry = await buildDaemonEntry();
});
afterAll(() => entry.remove());
beforeEach(async () => {
  home = await openDaemonHome(entry.path, CONFIG);
  daemon = await home.start();
});
afterEach(() => home.close());

const status = (): Promise<Status> => home.management.getStatus({});
const servedKeys = async (): Promise<number> => {
  const { listen } = await status();
  return ((await (await fetch(listen.url)).json()) as { keys: number }).keys;
};
const untilStatus = (isWanted: (status: Status) => boolean): Promise<Status> => until(status, isWanted);

describe('a changed config file', () => {
  test.each([
    { name: 'written in place', change: () => home.writeConfig(TWO_KEYS) },
    {
      name: 'replaced by rename, as editors do',
      change: async () => {
        await writeFile(`${home.configPath}.new`, TWO_KEYS);
        await rename(`${home.configPath}.new`, home.configPath);
      },
    },
    {
      name: 'announced by SIGHUP',
      change: async () => {
        await home.writeConfig(TWO_KEYS);
        daemon.child.kill('SIGHUP');
      },
    },
    {
      name: 'announced by the command line',
      change: async () => {
        await home.writeConfig(TWO_KEYS);
        await home.management.reload({});
      },
    },
  ])('is served when $name', async ({ change }) => {
    await change();
    const { configHash, workers, warnings } = await untilStatus(({ counts }) => counts.clientKeys === 2);
    expect(await servedKeys()).toBe(2);
    expect(workers.map((worker) => worker.configHash)).toEqual([configHash]);
    expect(warnings).toMatchObject([{ code: 'test_warning' }]);
  });

  test('that was only touched changes nothing', async () => {
    const before = await status();
    await home.writeConfig(CONFIG);
    expect(await home.management.reload({})).toMatchObject({ changed: false, configHash: before.configHash });
  });

  test('that is broken leaves the old one in force and is named with its place, until it is right again', async () => {
    const before = await status();
    await home.writeConfig('host: 127.0.0.1\nport: many\n');
    const degraded = await untilStatus(({ problems }) => problems.length > 0);
    expect(degraded).toMatchObject({ state: 'degraded', ready: true, configHash: before.configHash });
    expect(degraded.problems[0]).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('config.yaml:2:7'),
    });
    expect(await servedKeys()).toBe(1);
    await expect(home.management.reload({})).rejects.toMatchObject({ code: 'config_invalid', exitCode: 2 });
    await home.writeConfig(TWO_KEYS);
    expect(await untilStatus(({ problems }) => problems.length === 0)).toMatchObject({ state: 'ready' });
    expect(await servedKeys()).toBe(2);
  });

  test('that the data plane refuses leaves the old one in force', async () => {
    await home.writeConfig(`${CONFIG}  - sk-does-not-compile\n`);
    const { problems } = await untilStatus((now) => now.problems.length > 0);
    expect(problems[0]?.message).toBe('the data plane cannot use this config');
    expect(await servedKeys()).toBe(1);
    expect((await status()).counts.clientKeys).toBe(1);
  });

  test('says which settings need a restart', async () => {
    await home.writeConfig(
      'host: localhost\nport: 1\nworkers: 2\nauth-dir: ~/elsewhere\napi-keys: [sk-client-key-one]\n',
    );
    const { restartNeeded } = await untilStatus((now) => now.restartNeeded.length > 0);
    expect(restartNeeded).toEqual(['host', 'port', 'workers', 'auth-dir']);
  });

  test('is what a worker started later serves', async () => {
    await home.writeConfig(TWO_KEYS);
    const { workers } = await untilStatus(({ counts }) => counts.clientKeys === 2);
    process.kill(workers[0]?.pid ?? 0, 'SIGKILL');
    await untilStatus(({ restarts, ready }) => restarts === 1 && ready);
    expect(await servedKeys()).toBe(2);
  });
});

describe('client keys', () => {
  test('are listed by id, never whole', async () => {
    const { keys } = await home.management.listKeys({});
    expect(keys).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{8}$/), masked: expect.not.stringContaining('client-key-one') },
    ]);
  });

  test('added and revoked ones are served at once, and comments in the file stay', async () => {
    const added = await home.management.addKey({});
    expect(added.key).toMatch(/^sk-cpx-[A-Za-z0-9]{32}$/);
    expect(await servedKeys()).toBe(2);
    expect(await readFile(home.configPath, 'utf8')).toBe(`${CONFIG}  - ${added.key}\n`);
    expect(await home.management.revokeKey({ idOrKey: added.id })).toEqual({ id: added.id, masked: added.masked });
    expect(await readFile(home.configPath, 'utf8')).toBe(CONFIG);
    expect(await servedKeys()).toBe(1);
  });

  test('can be added by several callers at once', async () => {
    await Promise.all([1, 2, 3].map(() => home.management.addKey({})));
    expect((await home.management.listKeys({})).keys).toHaveLength(4);
  });

  test.each([
    { name: 'an unknown one', call: () => home.management.revokeKey({ idOrKey: 'ffffffff' }), code: 'key_unknown' },
    { name: 'the last one', call: () => home.management.revokeKey({ idOrKey: 'sk-client-key-one' }), code: 'key_last' },
    { name: 'one twice', call: () => home.management.addKey({ key: 'sk-client-key-one' }), code: 'key_exists' },
    { name: 'one with blanks', call: () => home.management.addKey({ key: 'sk client key' }), code: 'key_invalid' },
  ])('refuses $name', async ({ call, code }) => {
    await expect(call()).rejects.toMatchObject({ code });
    expect(await readFile(home.configPath, 'utf8')).toBe(CONFIG);
  });
});

test('models and credentials are what the workers have', async () => {
  expect(await home.management.listModels({})).toMatchObject({ models: [{ id: 'acme-large' }] });
  expect(await home.management.listCredentials({})).toMatchObject({ credentials: [{ id: 'a', state: 'cooling' }] });
  expect((await status()).counts).toMatchObject({ models: 1, credentials: 1, coolingCredentials: 1 });
});

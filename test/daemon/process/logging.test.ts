import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  buildDaemonEntry,
  type DaemonHome,
  openDaemonHome,
  type StartedDaemon,
  until,
} from '../../support/daemon-process.js';

const CONFIG = `host: 127.0.0.1
port: 0
api-keys: [sk-client-key-one]
claude-api-key:
  - api-key: upstream-secret-0001
`;

let entry: Awaited<ReturnType<typeof buildDaemonEntry>>;
let home: DaemonHome;
beforeAll(async () => {
  entry = await buildDaemonEntry();
});
afterAll(() => entry.remove());
beforeEach(async () => {
  home = await openDaemonHome(entry.path, CONFIG);
});
afterEach(() => home.close());

const urlOf = ({ message }: StartedDaemon): string => (message.type === 'ready' ? message.status.listen.url : '');
const logText = (url: string, text: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/log?text=${encodeURIComponent(text)}`, { headers });

const UNWRITABLE = [
  { name: 'a disk that is full', env: { TEST_LOG: 'full' }, needs: '/dev/full' },
  { name: 'a file that may not be written', env: { TEST_LOG: 'denied' }, needs: '.' },
].filter(({ needs }) => existsSync(needs));

describe.each(UNWRITABLE)('with $name', ({ env }) => {
  test('it starts, serves on, and says so in its status', async () => {
    const daemon = await home.start({ env });
    const url = urlOf(daemon);
    for (let request = 0; request < 20; request++) expect((await logText(url, `line ${request}`)).status).toBe(200);
    const status = await until(
      () => home.management.getStatus({}),
      ({ problems }) => problems.length > 0,
    );
    expect(status).toMatchObject({ state: 'degraded', ready: true, restarts: 0 });
    expect(status.problems).toMatchObject([
      { code: 'log_write_failed', message: expect.stringMatching(/ENOSPC|EACCES/) },
    ]);
    await home.management.shutdown({});
    expect(await daemon.exited).toBe(0);
  });
});

test('with a log folder that cannot be made it serves, and logs once it can', async () => {
  const logDir = dirname(home.logFile);
  await rm(logDir, { recursive: true });
  await writeFile(logDir, 'in the way');
  const url = urlOf(await home.start());
  await until(
    () => home.management.getStatus({}),
    ({ problems }) => problems[0]?.code === 'log_write_failed',
  );
  await rm(logDir);
  await until(
    async () => {
      await logText(url, 'back again');
      return home.logText();
    },
    (text) => text.includes('back again') && text.includes('"lost":'),
  );
  expect((await home.management.getStatus({})).problems).toEqual([]);
});

test('secrets of the config and of requests never reach the log', async () => {
  const url = urlOf(await home.start());
  await logText(url, 'upstream said: bad key upstream-secret-0001, from sk-client-key-one', {
    authorization: 'Bearer sk-client-key-one',
  });
  await logText(url, 'unknown ones too: sk-ant-api03-abcdefghijkl and AIzaSyA0123456789abcdefghijklmnopqrstu');
  await home.writeConfig(CONFIG.replace('sk-client-key-one', 'added-by-reload'));
  await until(
    () => home.management.reload({}),
    ({ changed }) => !changed,
  );
  await logText(url, 'added-by-reload is one as well, and the file is at its end');
  const text = await until(
    () => home.logText(),
    (log) => log.includes('at its end'),
  );
  for (const secret of ['upstream-secret-0001', 'sk-client-key-one', 'sk-ant-api03', 'AIzaSy', 'added-by-reload']) {
    expect(text).not.toContain(secret);
  }
  expect(text).toMatch(/bad key \[redacted:[0-9a-f]{8}\]/);
});

describe('reading logs', () => {
  test('gives the newest lines, then those after the cursor, and waits for new ones', async () => {
    const url = urlOf(await home.start());
    await logText(url, 'first');
    await until(
      () => home.logText(),
      (text) => text.includes('first'),
    );
    const newest = await home.management.readLogs({ limit: 1 });
    expect(newest.lines.map(messageOf)).toEqual(['first']);
    expect(await home.management.readLogs({ cursor: newest.cursor })).toMatchObject({ lines: [], reset: false });
    const waiting = home.management.readLogs({ cursor: newest.cursor, waitMs: 15_000 });
    await logText(url, 'second');
    expect((await waiting).lines.map(messageOf)).toEqual(['second']);
  });

  test('answers empty when nothing comes in time', async () => {
    await home.start();
    const { cursor } = await until(
      () => home.management.readLogs({}),
      ({ lines }) => lines.some((line) => line.includes('gateway ready')),
    );
    expect((await home.management.readLogs({ cursor, waitMs: 50 })).lines).toEqual([]);
  });
});

const messageOf = (line: string): unknown => (JSON.parse(line) as { msg: unknown }).msg;

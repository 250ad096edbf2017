import { writeFile } from 'node:fs/promises';
import { type Agent, request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../support/certificate.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { until } from '../../support/daemon-process.js';
import { openSocketClient, textOf } from '../../support/responses-socket.js';
import { type SocketUpstream, startSocketUpstream } from '../../support/socket-upstream.js';

const MODEL = 'gpt-5.5';
const KEY = 'sk-test-client-key';
let build: CliBuild;
let cli: Cli;
let upstream: SocketUpstream;
let pair: TestCertificate;

beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  pair = makeCertificate();
  cli = await build.open();
  upstream = await startSocketUpstream(MODEL);
  await write(pair);
});
afterEach(async () => {
  await cli.close();
  await upstream.close();
});

const pathOf = (file: 'cert' | 'key'): string => join(cli.home, `${file}.pem`);
async function write({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(pathOf('key'), key);
  await writeFile(pathOf('cert'), cert);
}

const config = (workers: number): string => `api-keys: [${KEY}]
host: 127.0.0.1
port: 0
workers: ${workers}
tls: { enable: true, cert: ${JSON.stringify(pathOf('cert'))}, key: ${JSON.stringify(pathOf('key'))} }
codex-api-key:
  - { api-key: up-key, base-url: ${upstream.url}, models: [{ name: ${MODEL} }] }
`;

async function start(workers = 1): Promise<string> {
  await cli.writeConfig(config(workers));
  const { ok, details } = await cli.json(['start']);
  expect(ok).toBe(true);
  return String((details as { url?: unknown }).url);
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  /** Of the certificate that was shown. */
  readonly fingerprint: string;
}

function ask(url: string, ca: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      ca,
      agent: false as unknown as Agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    };
    const call = request(url, options, (response) => {
      const fingerprint = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode, text, fingerprint }));
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test.each([0, 1, 2])(
  'with %d workers it serves HTTPS and sockets, and the command line says where',
  async (workers) => {
    const url = await start(workers);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const status = await cli.json(['status']);
    expect(JSON.stringify(status.details)).toContain(url);
    expect((await cli.run(['status'])).stdout).toContain(url);

    const body = { model: MODEL, input: 'ping' };
    expect(await ask(`${url}/v1/responses`, pair.cert, body)).toMatchObject({
      status: 200,
      text: expect.stringContaining('ping'),
    });
    expect(await ask(`${url}/v1/responses`, pair.cert, { ...body, stream: true })).toMatchObject({
      text: expect.stringContaining('response.completed'),
    });
    const headers = { authorization: `Bearer ${KEY}` };
    const client = await openSocketClient(`${url}/v1/responses`, { headers, ca: pair.cert });
    expect(textOf(await client.ask({ type: 'response.create', ...body }))).toContain('ping');
    client.socket.terminate();

    for (const command of [['models'], ['credentials', 'list'], ['reload']]) {
      expect((await cli.json(command)).ok).toBe(true);
    }
    expect((await cli.run(['stop'])).code).toBe(0);
  },
);

describe('a renewed certificate', () => {
  test('is shown to new connections without a restart', async () => {
    const url = await start();
    const before = await ask(`${url}/healthz`, pair.cert);
    const next = makeCertificate();
    await write(next);
    const after = await until(
      () => ask(`${url}/healthz`, next.cert),
      ({ status }) => status === 200,
    );
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect((await cli.json(['status'])).details['restartNeeded']).toEqual([]);
  });

  test('that cannot be used leaves the one before in use, and is told in the log', async () => {
    const url = await start();
    await writeFile(pathOf('key'), makeCertificate().key);
    const logs = await until(
      () => cli.run(['logs']),
      ({ stdout }) => stdout.includes('the one before stays'),
    );
    expect(logs.stdout).toContain('does not belong to the certificate');
    expect((await ask(`${url}/healthz`, pair.cert)).status).toBe(200);
  });
});

describe('a start', () => {
  test.each([
    {
      what: 'with the key of another certificate',
      spoil: () => writeFile(pathOf('key'), makeCertificate().key),
      says: 'does not belong to the certificate',
    },
    {
      what: 'without a certificate',
      spoil: () => writeFile(pathOf('cert'), 'hello'),
      says: 'holds no PEM certificate',
    },
    { what: 'without a key', spoil: () => writeFile(pathOf('key'), 'hello'), says: 'holds no PEM private key' },
  ])('$what says so and leaves nothing running', async ({ spoil, says }) => {
    await spoil();
    for (const workers of [0, 1]) {
      await cli.writeConfig(config(workers));
      const { code, stderr } = await cli.run(['start']);
      expect(code).not.toBe(0);
      expect(stderr).toContain(says);
      expect(stderr).not.toContain('BEGIN');
      expect((await cli.run(['status'])).code).toBe(3);
    }
  });

  test('without the paths of both files is refused by the config check', async () => {
    await cli.writeConfig(`api-keys: [${KEY}]\nport: 0\ntls: { enable: true }\n`);
    const { code, stderr } = await cli.run(['start']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('tls.cert')]);
  });
});

test('a changed path says that a restart is needed', async () => {
  await start();
  await cli.writeConfig(config(1).replace('cert.pem', 'other.pem'));
  const status = await until(
    () => cli.json(['status']),
    ({ details }) => JSON.stringify(details['restartNeeded']) !== '[]',
  );
  expect(status.details['restartNeeded']).toEqual(['tls']);
});

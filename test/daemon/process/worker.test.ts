import { readFileSync } from 'node:fs';
import { request as openPlainRequest } from 'node:http';
import { request as openRequest } from 'node:https';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { openDataPlane } from '../../../src/daemon/compose.js';
import { createRedactor } from '../../../src/daemon/observe/redact.js';
import type { WorkerApi } from '../../../src/daemon/process/link.js';
import { settlePort, urlOf } from '../../../src/daemon/process/listen.js';
import { createWorker } from '../../../src/daemon/process/worker.js';
import { openSocketClient } from '../../support/responses-socket.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const TLS = { cert: fixture('self-signed.pem'), key: fixture('self-signed-key.pem') };
const ca = readFileSync(TLS.cert);
const headers = { authorization: 'Bearer sk-client-1' };

let worker: WorkerApi | undefined;
afterEach(async () => {
  await worker?.drain({ timeoutMs: 0, idleMs: 0 });
});

async function open(tls: typeof TLS | undefined): Promise<string> {
  const listen = await settlePort({ host: '127.0.0.1', port: 0, ...(tls === undefined ? {} : { tls }) });
  worker = createWorker({ openDataPlane, log: pino(new PassThrough().resume()), redactor: createRedactor(), env: {} });
  await worker.open({ source: { path: 'config.yaml', text: 'api-keys: [sk-client-1]' }, listen });
  return urlOf(listen);
}

describe.each([
  ['http', undefined],
  ['https', TLS],
] as const)('over %s', (scheme, tls) => {
  test('a WebSocket is opened', async () => {
    const client = await openSocketClient(`${await open(tls)}/v1/responses`, { headers, ca });
    client.send({ type: 'response.append' });
    expect(await client.next()).toMatchObject({ type: 'error', status: 400 });
    client.socket.terminate();
  });

  test('a client that offers HTTP/2 is served over HTTP/1.1', async () => {
    const url = await open(tls);
    const status = await new Promise((resolve, reject) => {
      const start = scheme === 'https' ? openRequest : openPlainRequest;
      const request = start(`${url}/v1/models`, {
        ca,
        headers: { ...headers, connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAEAAEAA' },
      });
      request.once('error', reject);
      request.once('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.end();
    });
    expect(status).toBe(200);
  });
});

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnSocket, requestOverSocket, socketPathFor } from '../../src/shared/local-socket.js';

let dir: string;
let servers: Server[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cliproxyctl-socket-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(dir, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  const path = join(dir, 'control.sock');
  await listenOnSocket(server, path);
  return path;
}

describe('the socket path', () => {
  test('stands in the run directory', () => {
    expect(socketPathFor('/home/ana/run', { platform: 'linux' })).toBe('/home/ana/run/control.sock');
  });

  test('moves to a private folder when the run directory has a long name, the same each time', () => {
    const long = `/home/${'very-long-name/'.repeat(10)}run`;
    const path = socketPathFor(long, { platform: 'linux', shortDir: '/short' });
    expect(path).toMatch(/^\/short\/cliproxyctl-\d+\/[0-9a-f]{16}\.sock$/);
    expect(socketPathFor(long, { platform: 'linux', shortDir: '/short' })).toBe(path);
    expect(socketPathFor(`${long}2`, { platform: 'linux', shortDir: '/short' })).not.toBe(path);
  });

  test('that fits nowhere is refused with words', () => {
    const long = `/${'x'.repeat(200)}`;
    expect(() => socketPathFor(long, { platform: 'linux', shortDir: long })).toThrow(/too long for a socket/);
  });

  test('is a named pipe on Windows', () => {
    expect(socketPathFor('C:\\run', { platform: 'win32' })).toMatch(/^\\\\\.\\pipe\\cliproxyctl-[0-9a-f]{16}$/);
  });
});

test('only the owner may connect', async () => {
  const path = await serve((_request, response) => response.end());
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a file left at the path by a dead daemon is replaced', async () => {
  await writeFile(join(dir, 'control.sock'), '');
  const path = await serve((_request, response) => response.end('alive'));
  expect(await requestOverSocket(path, { method: 'GET', path: '/' })).toMatchObject({ status: 200, text: 'alive' });
});

test('carries method, path, headers and body both ways', async () => {
  const path = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      response.writeHead(201, { 'x-seen': request.headers['x-sent'] });
      response.end(`${request.method} ${request.url} ${body}`);
    });
  });
  const reply = await requestOverSocket(path, {
    method: 'POST',
    path: '/a?b=1',
    headers: { 'x-sent': 'yes' },
    body: 'größer',
  });
  expect(reply).toMatchObject({ status: 201, text: 'POST /a?b=1 größer', headers: { 'x-seen': 'yes' } });
});

describe('failures are told apart', () => {
  test('no socket means not running, exit code 3', async () => {
    const call = requestOverSocket(join(dir, 'none.sock'), { method: 'GET', path: '/' });
    await expect(call).rejects.toMatchObject({
      code: 'not_running',
      exitCode: 3,
      hint: expect.stringContaining('start'),
    });
  });

  test('a socket nobody listens on means not running', async () => {
    await writeFile(join(dir, 'dead.sock'), '');
    const call = requestOverSocket(join(dir, 'dead.sock'), { method: 'GET', path: '/' });
    await expect(call).rejects.toMatchObject({ code: 'not_running' });
  });

  test('a daemon that accepts and says nothing is silent', async () => {
    const path = await serve(() => undefined);
    const call = requestOverSocket(path, { method: 'GET', path: '/', timeoutMs: 50 });
    await expect(call).rejects.toMatchObject({ code: 'daemon_silent' });
  });

  test('a call that is aborted by the caller rejects with the abort', async () => {
    const path = await serve(() => undefined);
    const abort = new AbortController();
    const call = requestOverSocket(path, { method: 'GET', path: '/', signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});

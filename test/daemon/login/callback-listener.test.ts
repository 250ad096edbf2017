import { request as httpRequest } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { CallbackAnswer } from '../../../src/daemon/login/callback.js';
import { openCallbackReader } from '../../../src/daemon/login/callback.js';
import { type CallbackListener, openCallbackListener } from '../../../src/daemon/login/callback-listener.js';
import { freePort } from '../../support/oauth/logins.js';

const STATE = 'the-state-of-this-login';
const opened: CallbackListener[] = [];
const blockers: Server[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
  await Promise.all(blockers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function open(ports: readonly number[] = [0]) {
  const answers: CallbackAnswer[] = [];
  const onAnswer = (answer: CallbackAnswer): void => void answers.push(answer);
  const listener = await openCallbackListener({
    ports,
    path: '/callback',
    reader: await openCallbackReader({ state: STATE }),
    onAnswer,
  });
  opened.push(listener);
  return { listener, answers, base: `http://localhost:${listener.port}` };
}

async function block(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  blockers.push(server);
}

describe('the page tells the truth', () => {
  test.each([
    { name: 'an answer', query: `code=abc&state=${STATE}`, status: 200, title: 'Answer received' },
    { name: 'a refusal', query: `error=access_denied&state=${STATE}`, status: 200, title: 'Login refused' },
    { name: 'an unknown state', query: 'code=abc&state=other', status: 400, title: 'Unknown login' },
    { name: 'no state', query: 'code=abc', status: 400, title: 'Unknown login' },
    { name: 'an error without state', query: 'error=access_denied', status: 400, title: 'Unknown login' },
    { name: 'neither code nor error', query: `state=${STATE}`, status: 400, title: 'Incomplete answer' },
  ])('of $name', async ({ query, status, title }) => {
    const { base, answers } = await open();
    const response = await fetch(`${base}/callback?${query}`);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(`<h1>${title}</h1>`);
    expect(answers).toHaveLength(status === 200 ? 1 : 0);
  });

  test('of an answer that comes twice', async () => {
    const { base, answers } = await open();
    await fetch(`${base}/callback?code=first&state=${STATE}`);
    const second = await fetch(`${base}/callback?code=second&state=${STATE}`);
    expect(second.status).toBe(409);
    expect(await second.text()).toContain('Already answered');
    expect(answers).toEqual([{ kind: 'code', code: 'first' }]);
  });

  test('of the vendor’s words, as text', async () => {
    const { base } = await open();
    const said = encodeURIComponent(`<script>alert("1")</script>${'x'.repeat(5_000)}`);
    const page = await (await fetch(`${base}/callback?error=no&error_description=${said}&state=${STATE}`)).text();
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)');
    expect(page).not.toContain('<script');
    expect(page.length).toBeLessThan(2_000);
  });
});

test('nothing can be loaded, run, framed, kept or passed on from the page', async () => {
  const { base } = await open();
  for (const path of [`/callback?code=abc&state=${STATE}`, '/callback', '/']) {
    const response = await fetch(`${base}${path}`);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).not.toMatch(/<(script|style|link|img|iframe)|\son\w+=|style=/);
  }
});

test.each([
  { name: 'another path', method: 'GET', path: '/other', status: 404 },
  { name: 'the path with more behind it', method: 'GET', path: '/callback/x', status: 404 },
  { name: 'POST', method: 'POST', path: `/callback?code=abc&state=${STATE}`, status: 405 },
  { name: 'HEAD', method: 'HEAD', path: `/callback?code=abc&state=${STATE}`, status: 405 },
])('$name is no answer', async ({ method, path, status }) => {
  const { base, answers } = await open();
  expect((await fetch(`${base}${path}`, { method })).status).toBe(status);
  expect(answers).toEqual([]);
});

test.each([
  { host: (port: number) => `evil.example:${port}`, status: 421 },
  { host: (port: number) => `localhost.evil.example:${port}`, status: 421 },
  { host: () => 'localhost', status: 421 },
  { host: (port: number) => `127.0.0.1:${port}`, status: 200 },
  { host: (port: number) => `LOCALHOST:${port}`, status: 200 },
])('a name that does not mean this machine is refused: $status', async ({ host, status }) => {
  const { listener, answers } = await open();
  const { port } = listener;
  const options = { port, host: '127.0.0.1', path: `/callback?code=a&state=${STATE}`, headers: { host: host(port) } };
  const got = await new Promise((resolve) => {
    httpRequest(options, (response) => resolve(response.resume().statusCode)).end();
  });
  expect(got).toBe(status);
  expect(answers).toHaveLength(status === 200 ? 1 : 0);
});

test('listens on 127.0.0.1 only', async () => {
  const { listener } = await open();
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal || family === 'IPv6')
    .map(({ address }) => address);
  for (const address of ['127.0.0.2', ...outside]) {
    const reached = await new Promise((resolve) => {
      const socket = connect({ host: address, port: listener.port });
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    expect({ address, reached }).toEqual({ address, reached: false });
  }
});

test('takes the next port when the first is taken', async () => {
  const [first, second] = [await freePort(), await freePort()];
  await block(first);
  expect((await open([first, second])).listener.port).toBe(second);
});

test('names the program that holds the port, and ends with exit code 13', async () => {
  const port = await freePort();
  await block(port);
  const failure = await open([port]).catch((error) => error);
  expect(failure).toMatchObject({
    code: 'callback_port_in_use',
    exitCode: 13,
    message: expect.stringMatching(new RegExp(`port ${port} is in use by .*\\(pid ${process.pid}\\)`)),
    hint: expect.stringContaining('--callback-port'),
  });
});

test('closing frees the port although a browser keeps a connection open', async () => {
  const { listener } = await open();
  const idle = connect({ host: '127.0.0.1', port: listener.port });
  await new Promise((resolve) => idle.once('connect', resolve));
  await listener.close();
  const again = await open([listener.port]);
  expect(again.listener.port).toBe(listener.port);
  idle.destroy();
});

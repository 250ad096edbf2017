import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';

let build: CliBuild;
let cli: Cli;
let temporary: string;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  temporary = join(cli.home, 't');
  await mkdir(temporary);
});
afterEach(() => cli.close());

const KINDS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'];
const pairsSchema = z.array(
  z.object({ client: z.string(), upstream: z.string(), ok: z.boolean(), firstByteMs: z.number(), totalMs: z.number() }),
);
const keptSchema = z.object({ url: z.string(), key: z.string(), home: z.string(), models: z.array(z.string()) });

test('all sixteen pairs answer, and nothing stays behind', { timeout: 60_000 }, async () => {
  const { code, ok, details } = await cli.json(['demo'], { env: { TMPDIR: temporary } });
  const pairs = pairsSchema.parse(details['pairs']);
  expect(pairs.filter((pair) => !pair.ok)).toEqual([]);
  expect(pairs.map(({ client, upstream }) => [client, upstream])).toEqual(
    KINDS.flatMap((client) => KINDS.map((upstream) => [client, upstream])),
  );
  for (const { firstByteMs, totalMs } of pairs) expect(firstByteMs).toBeLessThan(totalMs);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(await readdir(temporary)).toEqual([]);
});

test('--keep leaves a gateway that serves, until it is stopped', { timeout: 90_000 }, async () => {
  const { code, details } = await cli.json(['demo', '--keep'], { env: { TMPDIR: temporary } });
  const { url, key, home, models } = keptSchema.parse(details);
  expect(code).toBe(0);
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: models[2], messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(await reply.text()).toContain('Hello from anthropic-messages: hi');
  expect(await cli.json(['stop'], { env: { CLIPROXY_HOME: home } })).toMatchObject({ code: 0 });
  // The upstreams notice by themselves that their gateway is gone.
  await expect.poll(() => readdir(temporary), { timeout: 30_000, interval: 250 }).toEqual([]);
});

test.skipIf(process.platform === 'win32')('Ctrl-C cleans up', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [cli.script, 'demo'], {
    env: { ...cli.env, TMPDIR: temporary },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await expect.poll(() => readdir(temporary), { timeout: 30_000, interval: 20 }).not.toEqual([]);
  child.kill('SIGINT');
  const [code] = await ended;
  expect(code).toBe(1);
  expect(await readdir(temporary)).toEqual([]);
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDataPlane } from '../../src/daemon/compose.js';
import { cacheHitRatio, joinShares } from '../../src/daemon/observe/cache-tally.js';
import type { DataPlane } from '../../src/daemon/process/data-plane.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../support/upstream.js';

test.each([
  [{ inputTokens: 1000, cacheReadTokens: 250 }, 0.25],
  [{ inputTokens: 3, cacheReadTokens: 1 }, 0.333],
  [{ inputTokens: 10, cacheReadTokens: 0 }, 0],
  [{ inputTokens: 10 }, undefined],
  [{ inputTokens: 0, cacheReadTokens: 0 }, undefined],
  [{ cacheReadTokens: 5 }, undefined],
  [undefined, undefined],
])('the hit ratio of %j is %j', (usage, ratio) => {
  expect(cacheHitRatio(usage)).toBe(ratio);
});

test('what several workers counted adds up by model', () => {
  const share = { model: 'a', requests: 1, inputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 1 };
  expect(joinShares([[share], [], [share, { ...share, model: 'b' }]])).toEqual([
    { model: 'a', requests: 2, inputTokens: 20, cacheReadTokens: 8, cacheWriteTokens: 2 },
    { ...share, model: 'b' },
  ]);
});

describe('cache hits of a running gateway', () => {
  const MODEL = 'claude-sonnet-4-5-20250929';
  const lines: Record<string, unknown>[] = [];
  let upstream: SimulatedUpstream;
  let plane: DataPlane;
  let url: string;
  let close: () => Promise<unknown>;
  beforeAll(async () => {
    upstream = await startSimulatedUpstream({ kind: 'anthropic-messages', models: [MODEL] });
    const yaml = `api-keys: [k]\nclaude-api-key: [{ api-key: up, base-url: "${upstream.url}", models: [{ name: ${MODEL} }] }]\n`;
    const loaded = requireConfig(parseConfig(yaml, { path: 'config.yaml' }));
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    plane = openDataPlane({ loaded, log, env: {} });
    plane.setReady(true);
    const server = createServer(plane.listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await plane.close();
      await upstream.close();
    };
  });
  afterAll(() => close());

  test('stand in the log line, and add up by credential and model', async () => {
    const system = 'You keep to the house rules. '.repeat(400);
    const turns = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }));
    for (let asked = 0; asked < 2; asked++) {
      const messages = [turns[0], { role: 'assistant', content: 'x' }, turns[asked + 1]];
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': 'k' },
        body: JSON.stringify({ model: MODEL, max_tokens: 50, system, messages }),
      });
      expect(response.status, await response.text()).toBe(200);
    }
    const requests = lines.filter(({ msg }) => msg === 'request');
    expect(requests[0]).toMatchObject({ cacheHitRatio: 0 });
    expect(requests[1]?.['cacheHitRatio']).toBeGreaterThan(0.5);
    const { cache } = plane.credential(plane.credentials()[0]?.id ?? '');
    const sum = (name: string): number => requests.reduce((total, line) => total + Number(line[name] ?? 0), 0);
    expect(cache).toMatchObject([
      { model: MODEL, requests: 2, inputTokens: sum('inputTokens'), cacheReadTokens: sum('cacheReadTokens') },
    ]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { USER_AGENT } from '../../src/shared/version.js';
import { type SocketUpstream, startSocketUpstream } from '../support/socket-upstream.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { CODEX_ACCOUNT, codexFile } from '../support/vendors/codex.js';

const MODEL = 'gpt-5.5';
let upstream: SocketUpstream;
let gateway: VendorGateway | undefined;

beforeEach(async () => {
  upstream = await startSocketUpstream(MODEL);
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await upstream.close();
});

async function start(websockets: unknown): Promise<(body: object) => Promise<Record<string, unknown>>> {
  const file = { ...codexFile(), access_token: 'up-key', websockets } as ReturnType<typeof codexFile>;
  const opened = await startVendorGateway(`oauth-upstream: { codex: '${upstream.url}' }\n`, [
    account('codex.json', file),
  ]);
  gateway = opened;
  return async (body) => {
    const reply = await fetch(`${opened.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${opened.key}`, 'content-type': 'application/json', 'x-session-key': 'talk' },
      body: JSON.stringify({ model: MODEL, max_tokens: 100, ...body }),
    });
    expect(reply.status).toBe(200);
    return (await reply.json()) as Record<string, unknown>;
  };
}

describe('a ChatGPT login', () => {
  test.each([true, 'true'])(
    'whose file says websockets: %j is asked over a socket, as who we are',
    async (websockets) => {
      const ask = await start(websockets);
      await ask({ messages: [{ role: 'user', content: 'ping' }] });
      expect(upstream.posts).toEqual([]);
      expect(upstream.upgrades[0]).toMatchObject({
        originator: 'cliproxyctl',
        'user-agent': USER_AGENT,
        'chatgpt-account-id': CODEX_ACCOUNT,
        session_id: upstream.frames[0]?.frame['prompt_cache_key'],
      });
      expect(upstream.upgrades[0]?.['session-id']).toBeUndefined();
    },
  );

  test('goes on with only what is new, whatever its client speaks', async () => {
    const ask = await start(true);
    const messages: object[] = [{ role: 'user', content: 'one' }];
    const { content } = await ask({ messages });
    messages.push({ role: 'assistant', content }, { role: 'user', content: 'two' });
    await ask({ messages });
    expect(upstream.frames.map(({ socket, frame }) => [socket, (frame['input'] as unknown[]).length])).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test.each([false, undefined])('whose file says websockets: %j is asked over HTTP', async (websockets) => {
    const ask = await start(websockets);
    await ask({ messages: [{ role: 'user', content: 'ping' }] });
    expect([upstream.upgrades.length, upstream.posts.length]).toEqual([0, 1]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printWarnings, warningNotes } from '../../../src/daemon/engine/warnings.js';
import { MODEL_OF, startGateway, type TestGateway, UPSTREAM_KINDS } from '../../support/gateway.js';

const ASK = { 'x-cliproxy-warnings': '1' };

test('a client that does not ask hears nothing', () => {
  const lost = [{ path: 'seed', reason: 'there is none' }];
  for (const headers of [{}, { 'x-cliproxy-warnings': '0' }, { 'x-cliproxy-warnings': '' }]) {
    expect(warningNotes(headers, lost)).toEqual({ headers: {}, comment: '' });
  }
  expect(warningNotes(ASK, lost).comment).toBe(': warnings [{"path":"seed","reason":"there is none"}]\n\n');
});

test('the list is ASCII, and what does not fit in 4 KB is counted', () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ path: `metadata.näme${at}`, reason: 'ünfit\r\n' }));
  const printed = printWarnings(many);
  expect(printed.length).toBeLessThanOrEqual(4096);
  expect(printed).toMatch(/^[\x20-\x7e]+$/);
  const list: { path: string; reason: string }[] = JSON.parse(printed);
  expect(list[0]).toEqual(many[0]);
  expect(list.at(-1)).toEqual({ path: '', reason: `${500 - (list.length - 1)} more warnings` });
});

describe('through the gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const chat = (body: object, headers: Record<string, string> = ASK): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'hello' }], ...body }),
    });

  test.each(UPSTREAM_KINDS)('a plain request loses nothing on the way to %s', async (kind) => {
    const response = await chat({
      model: MODEL_OF[kind],
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: 'low',
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'hi', refusal: null, annotations: [] },
        { role: 'user', content: [{ type: 'text', text: 'go on' }] },
      ],
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-cliproxy-warnings')).toBe('[]');
    await response.text();
  });

  test('what is lost stands in the header of a whole answer', async () => {
    const response = await chat({ model: MODEL_OF['anthropic-messages'], logit_bias: { 5: 1 }, seed: 7 });
    const list: { path: string }[] = JSON.parse(response.headers.get('x-cliproxy-warnings') ?? '');
    expect(list.map(({ path }) => path).sort()).toEqual(['logit_bias', 'seed']);
    await response.text();
  });

  test('and of a stream, which ends with it as a comment', async () => {
    const response = await chat({ model: MODEL_OF['gemini-generate'], logit_bias: { 5: 1 }, stream: true });
    const list = '[{"path":"logit_bias","reason":"only the dialect of this request has this member"}]';
    expect(response.headers.get('x-cliproxy-warnings')).toBe(list);
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n: warnings \[.*\]\n\n$/);
  });

  test('the asking header does not go upstream, and without it there is no answer to it', async () => {
    const kind = 'anthropic-messages';
    const response = await chat({ model: MODEL_OF[kind], seed: 7 }, {});
    expect(response.headers.get('x-cliproxy-warnings')).toBeNull();
    await response.text();
    for (const { headers } of gateway.upstreams[kind].requests)
      expect(headers).not.toHaveProperty('x-cliproxy-warnings');
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulatedUpstream } from '../../../src/cli/demo/upstreams/simulated-upstream.js';
import { CLIENT_DIALECTS, UPSTREAM_DIALECTS } from '../../../src/daemon/dialects/registry.js';
import { createEngine } from '../../../src/daemon/engine/engine.js';
import { openMediaLinks } from '../../../src/daemon/engine/media.js';
import { openRequestTraces } from '../../../src/daemon/engine/trace.js';
import { openWireBody } from '../../../src/daemon/engine/wire-body.js';
import type { ModelInfo } from '../../../src/daemon/ir/model.js';
import type { ModelRequest, Part } from '../../../src/daemon/ir/request.js';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { openPoolState } from '../../../src/daemon/pool/state.js';
import { compileSnapshot } from '../../../src/daemon/runtime/compile.js';
import { createDispatchers } from '../../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../../src/daemon/transport/http.js';
import { type PublicFetch, PublicFetchError } from '../../../src/daemon/transport/public-fetch.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { PNG } from '../../support/client-requests.js';
import { MODEL_OF, startGateway, type TestGateway } from '../../support/gateway.js';
import { fakeClock } from '../../support/pool.js';

const upstreamOf = (id: string) => {
  const upstream = UPSTREAM_DIALECTS[id];
  if (upstream === undefined) throw new Error(`no dialect ${id}`);
  return upstream;
};
const gemini = upstreamOf('gemini-generate');
const model: ModelInfo = { id: 'm', userDefined: true, traits: new Set() };
const vertex: ModelInfo = { ...model, traits: new Set(['vertex']) };
const signal = new AbortController().signal;
const linked = (url: string): Part => ({ type: 'media', source: { kind: 'url', url } });
const request = (...content: Part[]): ModelRequest => ({
  dialect: 'openai-chat',
  model: 'm',
  messages: [{ role: 'user', content }],
  tools: [],
  sampling: {},
  stream: false,
});
const png = { bytes: Buffer.from(PNG, 'base64'), contentType: 'image/png' };

function counting(answer: Awaited<ReturnType<PublicFetch>> = png) {
  const urls: string[] = [];
  const fetchPublic: PublicFetch = async (url) => {
    urls.push(url);
    return answer;
  };
  return { urls, links: openMediaLinks(fetchPublic, signal) };
}

test('a link becomes data, in tool results too; each is fetched once for all attempts', async () => {
  const { urls, links } = counting();
  const asked = request(linked('https://a.example/1'), {
    type: 'tool-result',
    callId: 'c',
    content: [linked('https://a.example/1'), linked('https://a.example/2')],
  });
  await links.fetchFor(gemini, model, asked);
  expect(links.fetchFor(gemini, model, asked)).toBeUndefined();
  expect(urls).toEqual(['https://a.example/1', 'https://a.example/2']);
  const data = { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: PNG } };
  expect(links.inlineFor(gemini, model, asked).messages[0]?.content).toEqual([
    data,
    { type: 'tool-result', callId: 'c', content: [data, data] },
  ]);
  // Another upstream of the same request still gets the link.
  expect(links.inlineFor(upstreamOf('openai-chat'), model, asked)).toEqual(asked);
});

test.each([
  ['a request without links', gemini, model, 'data'],
  ['a video of YouTube', gemini, model, 'https://www.youtube.com/watch?v=1'],
  ["the vendor's own file", gemini, model, 'https://generativelanguage.googleapis.com/v1beta/files/1'],
  ['Vertex, which opens links', gemini, vertex, 'https://a.example/1'],
  ['an upstream that opens links', upstreamOf('anthropic-messages'), model, 'https://a.example/1'],
])('nothing is fetched for %s', (_name, upstream, to, url) => {
  const { links } = counting();
  const part: Part = url === 'data' ? { type: 'text', text: 'x' } : linked(url);
  expect(links.fetchFor(upstream, to, request(part))).toBeUndefined();
});

test.each([
  ['application/octet-stream', 'image/png'],
  ['text/html', 'image/png'],
  [undefined, 'image/png'],
  ['image/webp', 'image/webp'],
])('of the type %s, a PNG goes on as %s', async (contentType, expected) => {
  const { links } = counting({ ...png, contentType });
  const asked = request(linked('https://a.example/1'));
  await links.fetchFor(gemini, model, asked);
  expect(links.inlineFor(gemini, model, asked).messages[0]?.content[0]).toMatchObject({ mediaType: expected });
});

test('what is no media, and too many links, are refused', async () => {
  const { links } = counting({ bytes: Buffer.from('<html>'), contentType: 'text/html' });
  await expect(links.fetchFor(gemini, model, request(linked('https://a.example/1')))).rejects.toThrow(
    'neither an image',
  );
  const many = Array.from({ length: 17 }, (_, at) => linked(`https://a.example/${at}`));
  expect(() => links.fetchFor(gemini, model, request(...many))).toThrow('more than 16 links');
});

test('a failure names the host and nothing else of the link', async () => {
  const links = openMediaLinks(() => Promise.reject(new PublicFetchError('it answers 404')), signal);
  await expect(links.fetchFor(gemini, model, request(linked('https://u:p@a.example/path?token=s')))).rejects.toThrow(
    /^the linked media at a\.example cannot be fetched: it answers 404$/,
  );
});

test('the upstream gets the data, and the picture is fetched once though the first key fails', async () => {
  const upstream = await startSimulatedUpstream({
    kind: 'gemini-generate',
    apiKey: 'good',
    models: ['gemini-2.5-flash'],
  });
  const dispatchers = createDispatchers(() => undefined);
  const urls: string[] = [];
  let failed = 0;
  const clock = fakeClock();
  const engine = createEngine({
    http: createHttpClient(dispatchers),
    fetchPublic: async (url) => {
      urls.push(url);
      return png;
    },
    dialects: UPSTREAM_DIALECTS,
    clock,
    newId: (prefix) => `${prefix}1`,
    events: {
      onEnd: () => undefined,
      onFailedAttempt: () => void failed++,
      onWarning: () => undefined,
      onDefect: () => undefined,
    },
    traces: openRequestTraces(),
  });
  const entry = (key: string, priority: number) =>
    `{ api-key: ${key}, priority: ${priority}, base-url: '${upstream.url}', models: [{ name: gemini-2.5-flash }] }`;
  const loaded = requireConfig(
    parseConfig(`api-keys: [k]\ngemini-api-key: [${entry('bad', 2)}, ${entry('good', 1)}]`, { path: 'config.yaml' }),
  );
  const { plan } = compileSnapshot(loaded, { catalog: openCatalog(), state: openPoolState(), clock, random: () => 0 });
  const link = { type: 'image_url', image_url: { url: 'https://a.example/1' } };
  const body = { model: 'gemini-2.5-flash', messages: [{ role: 'user', content: [link] }] };
  const dialect = CLIENT_DIALECTS.chat;
  const reply = await engine.handle({
    id: 'req-1',
    dialect,
    operation: 'generate',
    model: 'gemini-2.5-flash',
    stream: false,
    framing: 'sse',
    body: openWireBody(Buffer.from(JSON.stringify(body))),
    decode: dialect.decodeRequest,
    plan,
    caller: { keyId: 'test' },
    headers: {},
    signal,
    startedAt: 0,
  });
  expect(reply.status).toBe(200);
  expect(urls).toEqual(['https://a.example/1']);
  const parts = [{ inlineData: { mimeType: 'image/png', data: PNG } }];
  expect(failed).toBe(1);
  expect(upstream.requests.at(-1)?.body).toMatchObject({ contents: [{ parts }] });
  await dispatchers.close();
  await upstream.close();
});

describe('through the gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  test.each(['127.0.0.1', 'localhost', '169.254.169.254', '[::1]'])(
    'a link to %s is a 400 in the dialect of the client, and the upstream hears nothing of it',
    async (host) => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: MODEL_OF['gemini-generate'],
          messages: [
            { role: 'user', content: [{ type: 'image_url', image_url: { url: `http://${host}:1/secret-path` } }] },
          ],
        }),
      });
      expect(response.status).toBe(400);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ error: { type: 'invalid_request_error', code: 'media_link_failed' } });
      expect(text).toContain(host);
      expect(text).not.toContain('secret-path');
      expect(gateway.upstreams['gemini-generate'].requests).toEqual([]);
    },
  );
});

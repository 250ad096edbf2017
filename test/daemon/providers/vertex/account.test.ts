import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { vertexAccount } from '../../../../src/daemon/providers/vertex/account.js';
import { openVertexAccount } from '../../../../src/daemon/providers/vertex/account-upstream.js';
import { vertex } from '../../../../src/daemon/providers/vertex/provider.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import { type Ask, endpointOf, send } from '../../../support/provider.js';
import { makeServiceAccount } from '../../../support/vendors/google.js';

const service = makeServiceAccount();
const vertexFile = (more: JsonObject = {}): JsonObject => ({
  type: 'vertex',
  project_id: 'demo-project',
  email: service.email,
  location: 'us-central1',
  service_account: service.file,
  ...more,
});
const open = (more: JsonObject = {}, upstreamUrl?: string) =>
  openVertexAccount(vertexFile(more), accountContext(upstreamUrl === undefined ? {} : { upstreamUrl }));
const sent = (ask: Ask, more: JsonObject = {}) => sendThrough(open(more), 'gemini-generate', ask);

describe('the place', () => {
  test.each([
    { location: 'us-central1', host: 'us-central1-aiplatform.googleapis.com' },
    { location: 'europe-west4', host: 'europe-west4-aiplatform.googleapis.com' },
    { location: 'us', host: 'aiplatform.us.rep.googleapis.com' },
    { location: 'EU', host: 'aiplatform.eu.rep.googleapis.com' },
    { location: 'global', host: 'aiplatform.googleapis.com' },
    { location: '', host: 'us-central1-aiplatform.googleapis.com' },
  ])('$location is $host', ({ location, host }) => {
    const { url } = sent({ body: {}, model: { id: 'gemini-2.5-pro' } }, { location });
    const where = location === '' ? 'us-central1' : location.toLowerCase();
    expect(url).toBe(
      `https://${host}/v1/projects/demo-project/locations/${where}/publishers/google/models/gemini-2.5-pro:generateContent`,
    );
  });

  test.each(['evil.example/', 'a@b', 'x.y', '../..', 'a b', '-a'])('is never what %s would lead to', (location) => {
    expect(() => vertexAccount.read(vertexFile({ location }))).toThrow('location');
  });

  test.each(['https://proxy.example', 'https://proxy.example/v1/', 'https://proxy.example/v1beta'])(
    'is moved as a whole by %s',
    (base) => {
      const { url } = sendThrough(open({}, base), 'gemini-generate', { body: {}, model: { id: 'g' } });
      expect(url).toMatch(/^https:\/\/proxy\.example\/v1\/projects\/demo-project\//);
    },
  );
});

test.each<{ name: string; ask: Ask; url: RegExp }>([
  { name: 'a stream', ask: { stream: true }, url: /models\/m-1:streamGenerateContent\?alt=sse$/ },
  { name: 'a count', ask: { operation: 'count-tokens' }, url: /models\/m-1:countTokens$/ },
  {
    name: 'a tuned model',
    ask: { model: { id: 'endpoints/123-a' } },
    url: /locations\/us-central1\/endpoints\/123-a:generateContent$/,
  },
  {
    name: 'a name with odd signs',
    ask: { model: { id: 'a/../b?c' } },
    url: /models\/a%2F\.\.%2Fb%3Fc:generateContent$/,
  },
])('$name has its address', ({ ask, url }) => {
  expect(sent({ body: {}, ...ask }).url).toMatch(url);
});

describe('a request', () => {
  test('says who we are, and carries a token or a key, never both', async () => {
    const account = sent({ body: {} }).headers;
    expect(account['authorization']).toBe('Bearer ');
    expect(account['user-agent']).toMatch(/^cliproxyctl\//);
    expect(account).not.toHaveProperty('x-goog-api-key');
    expect(account).not.toHaveProperty('x-goog-user-project');
    const express = send(vertex, { apiKey: 'AIza-x', baseUrl: '' }, { body: {} }).headers;
    expect(express['x-goog-api-key']).toBe('AIza-x');
    expect(express).not.toHaveProperty('authorization');
  });

  test('of a person’s login names the project that pays', () => {
    const login = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
    const fields = { service_account: undefined, authorized_user: { ...login, quota_project_id: 'quota-1' } };
    expect(sent({ body: {} }, fields).headers['x-goog-user-project']).toBe('quota-1');
    expect(sent({ body: {} }, { ...fields, authorized_user: login }).headers['x-goog-user-project']).toBe(
      'demo-project',
    );
  });

  test('has no ids of calls, in whichever spelling the client wrote them', () => {
    const call = { name: 'f', args: {} };
    const result = { name: 'f', response: { result: 1 } };
    const contents = [
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: [{ functionCall: { id: 'c1', ...call }, thoughtSignature: 'sig' }] },
      { role: 'user', parts: [{ function_response: { id: 'c1', ...result } }] },
    ];
    expect(sent({ body: { contents } }).body['contents']).toEqual([
      contents[0],
      { role: 'model', parts: [{ functionCall: call, thoughtSignature: 'sig' }] },
      { role: 'user', parts: [{ function_response: result }] },
    ]);
  });

  test.each([
    { tier: 'flex', header: 'flex' },
    { tier: 'PRIORITY', header: 'priority' },
    { tier: 'standard', header: undefined },
  ])('has its tier $tier in the headers', ({ tier, header }) => {
    const { headers, body } = sent({ body: { serviceTier: tier } });
    expect(body).not.toHaveProperty('serviceTier');
    expect(headers['x-vertex-ai-llm-shared-request-type']).toBe(header);
    expect(headers['x-vertex-ai-llm-request-type']).toBe(header === undefined ? undefined : 'shared');
  });

  test('leaves out what only the Gemini API has', () => {
    const toolConfig = { includeServerSideToolInvocations: true, functionCallingConfig: { mode: 'VALIDATED' } };
    const { body } = sent({ body: { model: 'x', stream: true, toolConfig, labels: { team: 'a' } } });
    expect(body).toEqual({ toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } }, labels: { team: 'a' } });
    expect(sent({ body: { toolConfig: { includeServerSideToolInvocations: true } } }).body).toEqual({});
  });

  test('to count has the prompt and no settings, wherever the client put them', () => {
    const prompt = {
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [{ googleSearch: {} }],
    };
    const settings = { generationConfig: {}, safetySettings: [], toolConfig: {}, cachedContent: 'c', labels: {} };
    const count = (body: JsonObject) => sent({ operation: 'count-tokens', body }).body;
    expect(count({ ...prompt, ...settings })).toEqual(prompt);
    for (const member of ['generateContentRequest', 'generate_content_request']) {
      expect(count({ [member]: { model: 'models/x', ...prompt, ...settings } })).toEqual(prompt);
    }
  });
});

describe('embeddings', () => {
  const requests = ['a', 'b'].map((text) => ({
    model: 'models/m',
    content: { parts: [{ text }] },
    taskType: 'RETRIEVAL_QUERY',
    outputDimensionality: 256,
  }));
  const ask = (model: string, list: readonly JsonObject[]) =>
    sendThrough(open(), 'openai-chat', {
      operation: 'embed',
      model: { id: model },
      relay: false,
      body: { requests: list },
    });

  test('are all that such a model gives: it answers no chat', () => {
    const model = { id: 'gemini-embedding-001', outputModalities: ['embedding'] };
    expect(endpointOf(open(), { model })).toBeUndefined();
    expect(endpointOf(open(), { model, operation: 'embed' })).toBeDefined();
  });

  test('are predictions', () => {
    const { url, body } = ask('gemini-embedding-001', requests);
    expect(url).toMatch(/gemini-embedding-001:predict$/);
    expect(body).toEqual({
      instances: [
        { content: 'a', task_type: 'RETRIEVAL_QUERY' },
        { content: 'b', task_type: 'RETRIEVAL_QUERY' },
      ],
      parameters: { outputDimensionality: 256 },
    });
  });

  test('of newer models are one at a time', () => {
    const { url, body } = ask('gemini-embedding-2-preview', requests.slice(0, 1));
    expect(url).toMatch(/gemini-embedding-2-preview:embedContent$/);
    expect(body).toEqual({
      content: { parts: [{ text: 'a' }] },
      embedContentConfig: { outputDimensionality: 256, taskType: 'RETRIEVAL_QUERY' },
    });
    expect(() => ask('gemini-embedding-2-preview', requests)).toThrow('one text at a time');
  });
});

describe('express mode', () => {
  test.each(['', 'https://aiplatform.googleapis.com/v1/'])('has no project (%s)', (baseUrl) => {
    const { url } = send(vertex, { apiKey: 'k', baseUrl }, { body: {}, model: { id: 'gemini-2.5-pro' }, stream: true });
    expect(url).toBe(
      'https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    );
  });

  test('has no tuned models', () => {
    const upstream = vertex.bind({ apiKey: 'k', baseUrl: '' });
    expect(endpointOf(upstream, { model: { id: 'endpoints/1' } })).toBeUndefined();
  });
});

test('a model that is not there is told with the place it may be in', () => {
  const failure = { reason: 'model-missing', status: 404, message: 'Publisher Model was not found' } as const;
  expect(open().explain?.(failure, {}, 0)?.message).toContain('"global" only');
  expect(open({ location: 'global' }).explain?.(failure, {}, 0)).toEqual(failure);
});

describe('the file', () => {
  test('is read as other gateways write it', () => {
    expect(vertexAccount.read(vertexFile())).toEqual({
      label: `${service.email}, us-central1`,
      canRefresh: false,
      refreshLeadMs: 0,
      tokenId: expect.stringMatching(/^\w{16}$/),
    });
  });

  test.each([
    { name: 'without a key', more: { service_account: {} }, says: 'service_account' },
    { name: 'with a project that is none', more: { project_id: 'a/b' }, says: 'project_id' },
    { name: 'with a broken key', more: { service_account: { ...service.file, private_key: 'x' } }, says: 'no PEM key' },
    {
      name: 'without a project',
      more: { project_id: '', service_account: { ...service.file, project_id: '' } },
      says: 'project_id',
    },
  ])('$name is none', ({ more, says }) => {
    expect(() => vertexAccount.read(vertexFile(more))).toThrow(says);
  });
});

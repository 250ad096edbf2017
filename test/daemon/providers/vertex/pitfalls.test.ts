import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openVertexAccount } from '../../../../src/daemon/providers/vertex/account-upstream.js';
import { vertex } from '../../../../src/daemon/providers/vertex/provider.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import type { Ask } from '../../../support/provider.js';
import { C, G, up, VERTEX } from '../../../support/translation-cases.js';
import { makeServiceAccount } from '../../../support/vendors/google.js';

const service = makeServiceAccount();
const file = (more: JsonObject = {}): JsonObject => ({
  type: 'vertex',
  project_id: 'demo-project',
  service_account: service.file,
  ...more,
});

/** By service account and by key: what Vertex takes is the same. */
const WAYS = [
  {
    by: 'account',
    open: (safety: JsonObject) => openVertexAccount(file({ safety_settings: safety }), accountContext()),
  },
  { by: 'express', open: (safety: JsonObject) => vertex.bind({ apiKey: 'k', baseUrl: '', safety }) },
] as const;

describe.each(WAYS)('by $by', ({ open }) => {
  const sent = (body: JsonObject, ask: Ask = {}, safety: JsonObject = {}) =>
    sendThrough(open(safety), 'gemini-generate', { ...ask, body });
  const user = { role: 'user', parts: [{ text: 'hi' }] };

  test.each<{ name: string; body: JsonObject; left: JsonObject }>([
    { name: 'a wish not to be stored', body: { store: false }, left: {} },
    { name: 'a tier, in the other spelling', body: { service_tier: 'standard' }, left: {} },
    {
      name: 'the sharing of tools, in the other spelling',
      body: { tool_config: { include_server_side_tool_invocations: true } },
      left: {},
    },
    {
      name: 'what Google’s own tools did',
      body: {
        contents: [
          user,
          { role: 'model', parts: [{ toolCall: { id: '1' } }, { toolResponse: { id: '1' } }, { text: 'so' }] },
          { role: 'model', parts: [{ toolCall: { id: '2' } }] },
          user,
        ],
      },
      left: { contents: [user, { role: 'model', parts: [{ text: 'so' }] }, user] },
    },
  ])('$name is left out: only the Gemini API knows it', ({ body, left }) => {
    expect(sent(body).body).toEqual(left);
  });

  test('what only Vertex knows stays', () => {
    const body = {
      contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'a/b', data: 'QQ==', displayName: 'x' } }] }],
      labels: { team: 'a' },
      generationConfig: { audioTimestamp: true, imageConfig: { personGeneration: 'ALLOW_ALL' } },
      tools: [{ enterpriseWebSearch: {} }],
    };
    expect(sent(body).text).toBe(JSON.stringify(body));
  });

  test('a tier that an OpenAI client asks for travels in headers', () => {
    const body = up(C, G, { service_tier: 'flex' }, VERTEX);
    const { headers, body: left } = sent(body, { relay: false });
    expect(headers['x-vertex-ai-llm-shared-request-type']).toBe('flex');
    expect(left).not.toHaveProperty('serviceTier');
  });

  test('filters are Google’s own, else ours, else the client’s', () => {
    const ours = { harassment: 'off' };
    const wire = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }];
    const theirs = [{ category: 'C', threshold: 'BLOCK_NONE', method: 'SEVERITY' }];
    expect(sent({}).body).toEqual({});
    expect(sent({}, {}, ours).body).toEqual({ safetySettings: wire });
    expect(sent({ safetySettings: theirs }, {}, ours).body).toEqual({ safetySettings: theirs });
    expect(sent({ contents: [user] }, { operation: 'count-tokens' }, ours).body).toEqual({ contents: [user] });
  });

  test.each([
    { status: 404, message: 'Not found: cached content metadata for 123.' },
    { status: 403, message: 'CachedContent not found (or permission denied)' },
  ])('a cache of another project is neither the model’s fault nor the key’s: $message', (said) => {
    const failure = { reason: 'model-missing', ...said } as const;
    expect(open({}).classify?.(failure)).toEqual({ blame: 'request', next: 'next-credential' });
    const explained = open({}).explain?.(failure, {}, 0);
    expect(explained?.message).toContain('that it was made with');
    expect(explained?.message).not.toContain('global');
  });
});

test('a filter that Google does not have makes the file unusable, and says which', () => {
  expect(() => WAYS[0].open({ violence: 'off' })).toThrow('"violence" is no category');
});

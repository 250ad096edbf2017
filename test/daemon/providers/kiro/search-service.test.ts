import { describe, expect, test } from 'vitest';
import { openSearchService } from '../../../../src/daemon/providers/kiro/search-service.js';
import { accountContext, type SideAnswer, sideCalls } from '../../../support/accounts.js';
import { KIRO_ARN, kiroFile } from '../../../support/vendors/kiro.js';

function open(answer: (count: number) => SideAnswer, fields = kiroFile()) {
  const { http, calls } = sideCalls({ '/mcp': (_call, count) => answer(count) });
  const context = accountContext({}, { http });
  return { service: openSearchService(fields, context), calls, clock: context.clock };
}

const result = (value: unknown, isError = false): SideAnswer => ({
  body: { id: 'x', jsonrpc: '2.0', result: { isError, content: [{ type: 'text', text: JSON.stringify(value) }] } },
});
const FOUND = {
  results: [{ title: 'T', url: 'https://example.com', snippet: 'S', domain: 'example.com' }, { title: 'no' }],
};

describe('a search', () => {
  test('finds pages with their titles and what they say', async () => {
    const { service, calls } = open(() => result(FOUND));
    expect(await service.search('node')).toEqual([{ url: 'https://example.com', title: 'T', snippet: 'S' }]);
    expect(calls[0]).toMatchObject({
      url: 'https://q.us-east-1.amazonaws.com/mcp',
      headers: { 'x-amzn-kiro-profile-arn': KIRO_ARN, 'content-type': 'application/json' },
    });
    expect(JSON.parse(Buffer.from(calls[0]?.body ?? '').toString())).toEqual({
      id: 'web_search',
      jsonrpc: '2.0',
      method: 'tools/call',
      params: { name: 'web_search', arguments: { query: 'node' } },
    });
  });

  test('of a Builder ID names no profile', async () => {
    const { service, calls } = open(() => result(FOUND), kiroFile({ auth_method: 'builder-id' }));
    await service.search('node');
    expect(calls[0]?.headers).not.toHaveProperty('x-amzn-kiro-profile-arn');
  });

  test.each([
    { name: 'an error of the tool', answer: result(FOUND, true) },
    { name: 'an error within the result', answer: result({ results: [], error: 'no' }) },
    { name: 'an error of the protocol', answer: { body: { error: { code: -32_000, message: 'no' } } } },
    { name: 'a text that is no JSON', answer: { body: { result: { content: [{ type: 'text', text: 'oops' }] } } } },
    { name: 'a refused request', answer: { status: 400, body: { message: 'no' } } },
    { name: 'a spent month', answer: { status: 402, body: { reason: 'MONTHLY_REQUEST_COUNT' } } },
  ])('that ends with $name has failed, at once', async ({ answer }) => {
    const { service, calls } = open(() => answer);
    expect(await service.search('node')).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  test.each([502, 503, 504])('is tried again after %i', async (status) => {
    const { service, calls, clock } = open((count) => (count < 3 ? { status } : result(FOUND)));
    const before = clock.now();
    expect(await service.search('node')).toHaveLength(1);
    expect(calls).toHaveLength(3);
    expect(clock.now() - before).toBe(6_000);
  });

  test('is given up after the second retry', async () => {
    const { service, calls } = open(() => ({ status: 503 }));
    expect(await service.search('node')).toBeUndefined();
    expect(calls).toHaveLength(3);
  });
});

test('the description is asked until it is known, and then no more', async () => {
  const tools = [
    { name: 'other', description: 'no' },
    { name: 'web_search', description: 'yes' },
  ];
  const { service, calls } = open((count) => (count === 1 ? { status: 503 } : { body: { result: { tools } } }));
  expect([await service.describe(), await service.describe(), await service.describe()]).toEqual([
    undefined,
    'yes',
    'yes',
  ]);
  expect(calls).toHaveLength(2);
});

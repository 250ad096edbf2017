import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createManagementClient, type TransportRequest } from '../../../src/shared/contract/client.js';
import { lifecycle, type Status } from '../../../src/shared/contract/lifecycle.js';
import { defineRoute } from '../../../src/shared/contract/route.js';
import { AppError } from '../../../src/shared/errors.js';

const contract = {
  find: defineRoute({
    method: 'get',
    path: '/find',
    input: z.object({ word: z.string().optional(), limit: z.number().default(10) }),
    output: z.object({ found: z.number() }),
  }),
  change: defineRoute({ method: 'post', path: '/change', input: z.object({ to: z.string() }), output: z.object({}) }),
  remove: defineRoute({ method: 'delete', path: '/item', input: z.object({ id: z.string() }), output: z.object({}) }),
} as const;

function clientAnswering(status: number, body: unknown) {
  const sent: TransportRequest[] = [];
  const client = createManagementClient(contract, async (request) => {
    sent.push(request);
    return { status, text: typeof body === 'string' ? body : JSON.stringify(body) };
  });
  return { client, sent };
}

test('sends input as query or as body, as the method wants it', async () => {
  const { client, sent } = clientAnswering(200, { found: 0 });
  await client.find({ word: 'a b', limit: 2 }, { timeoutMs: 5 });
  await client.find({});
  await client.change({ to: 'x' });
  await client.remove({ id: 'é' });
  expect(sent).toEqual([
    { method: 'get', path: '/find?word=a+b&limit=2', timeoutMs: 5 },
    { method: 'get', path: '/find' },
    { method: 'post', path: '/change', body: '{"to":"x"}' },
    { method: 'delete', path: '/item?id=%C3%A9' },
  ]);
});

test('gives the parsed answer, whatever else a newer daemon says', async () => {
  const { client } = clientAnswering(200, { found: 3, news: true });
  expect(await client.find({})).toEqual({ found: 3 });
});

test("throws the daemon's own error", async () => {
  const error = { code: 'config_invalid', message: 'no', hint: 'do', exitCode: 2, details: { line: 3 } };
  const { client } = clientAnswering(400, { error });
  await expect(client.find({})).rejects.toBeInstanceOf(AppError);
  await expect(client.find({})).rejects.toMatchObject(error);
});

test.each([
  { name: 'an answer of another shape', status: 200, body: { found: 'many' } },
  { name: 'an answer that is no JSON', status: 200, body: 'hello' },
  { name: 'an unknown route', status: 404, body: '404 Not Found' },
])('$name is reported as a mismatch of versions, with a way out', async ({ status, body }) => {
  const { client } = clientAnswering(status, body);
  await expect(client.find({})).rejects.toMatchObject({
    code: 'contract_mismatch',
    hint: expect.stringContaining('restart'),
    details: { call: 'find' },
  });
});

test('names the version of the daemon where its answer has one', async () => {
  const client = createManagementClient(lifecycle, async () => ({
    status: 200,
    text: '{"version":"9.9.9","contract":7}',
  }));
  await expect(client.getStatus({})).rejects.toMatchObject({
    message: expect.stringContaining('version 9.9.9'),
    details: { daemonVersion: '9.9.9' },
  });
});

test('is typed by the table', () => {
  const client = createManagementClient(lifecycle, async () => ({ status: 200, text: '{}' }));
  expectTypeOf(client.getStatus).returns.resolves.toEqualTypeOf<Status>();
  expectTypeOf(client.revokeKey).parameter(0).toEqualTypeOf<{ idOrKey: string }>();
});

import { expect, test } from 'vitest';
import { wireBodyOf } from '../../../../src/daemon/engine/wire-body.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openKiroAccount } from '../../../../src/daemon/providers/kiro/account-upstream.js';
import { accountContext } from '../../../support/accounts.js';
import { kiroFile } from '../../../support/vendors/kiro.js';

const SERVER: FailureFacts = { reason: 'server', status: 500, message: 'no' };
const schema = (length: number): JsonObject => ({
  type: 'object',
  description: 'x'.repeat(length),
  properties: {
    description: { type: 'string', description: 'x'.repeat(length), enum: ['a', 'b'] },
    options: {
      type: 'object',
      default: { description: 'kept' },
      properties: { n: { type: 'number', description: 'n' } },
    },
  },
  required: ['description'],
});
const bodyWith = (length: number) =>
  wireBodyOf({
    conversationState: {
      history: [{ a: 1 }],
      currentMessage: {
        userInputMessage: {
          content: 'hi',
          userInputMessageContext: {
            tools: [
              {
                toolSpecification: {
                  name: 'f',
                  description: 'y'.repeat(length),
                  inputSchema: { json: schema(length) },
                },
              },
            ],
            toolResults: [{ toolUseId: 'c' }],
          },
        },
      },
    },
  });
const repair = (body: ReturnType<typeof wireBodyOf>, failure = SERVER) =>
  openKiroAccount(kiroFile(), accountContext()).repair?.(failure, body);

test('a large list of tools that ended in a 500 goes again without the descriptions within, and means the same', () => {
  const body = bodyWith(9_000);
  expect(repair(body)).toBe(true);
  expect(body.get('conversationState')).toMatchObject({
    history: [{ a: 1 }],
    currentMessage: {
      userInputMessage: {
        content: 'hi',
        userInputMessageContext: {
          tools: [
            {
              toolSpecification: {
                name: 'f',
                description: `${'y'.repeat(500)}…`,
                inputSchema: {
                  json: {
                    type: 'object',
                    properties: {
                      description: { type: 'string', enum: ['a', 'b'] },
                      options: {
                        type: 'object',
                        default: { description: 'kept' },
                        properties: { n: { type: 'number' } },
                      },
                    },
                    required: ['description'],
                  },
                },
              },
            },
          ],
          toolResults: [{ toolUseId: 'c' }],
        },
      },
    },
  });
  expect(JSON.stringify(body.get('conversationState'))).not.toContain('xxx');
});

test.each([
  { name: 'a small list', length: 1_000, failure: SERVER },
  { name: 'a refusal that is no server error', length: 9_000, failure: { ...SERVER, reason: 'overloaded' as const } },
  { name: 'another status', length: 9_000, failure: { ...SERVER, status: 400 } },
])('$name is left as it is', ({ length, failure }) => {
  const body = bodyWith(length);
  expect(repair(body, failure)).toBe(false);
  expect(body.get('conversationState')).toEqual(bodyWith(length).get('conversationState'));
});

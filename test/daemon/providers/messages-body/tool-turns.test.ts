import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { mend } from '../../../../src/daemon/providers/messages-body/repair.js';
import { assistantTurn as assistant, textBlock as t, userTurn as user } from '../../../support/anthropic-bodies.js';
import { relayed } from '../../../support/provider.js';

const call = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'f', input: {} });
const result = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: 'r' });
const lost = (id: string): JsonObject => ({ ...result(id), is_error: true, content: '[no result]' });

function mended(message: string, messages: readonly JsonObject[], status = 400): unknown {
  const wire = relayed({ messages });
  return mend({ reason: 'invalid-request', status, message }, wire) ? wire.toJSON()['messages'] : undefined;
}

const PATTERN = "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'";
const ORPHAN = '`tool_use` ids were found without `tool_result` blocks immediately after: a';

test('ids of other vendors are respelled in the call and its result alike', () => {
  const history = (id: string) => [user('q'), assistant([call(id)]), user([result(id)])];
  expect(mended(PATTERN, history('functions.f:0'))).toEqual(history('functions_f_0'));
});

describe('results that do not follow their calls', () => {
  test.each<{ name: string; messages: JsonObject[]; sent: JsonObject[] }>([
    {
      name: 'are put first in the next user turn',
      messages: [assistant([call('a')]), user([t('x'), result('a')])],
      sent: [assistant([call('a')]), user([result('a'), t('x')])],
    },
    {
      name: 'are brought back from later turns',
      messages: [assistant([call('a')]), user('x'), assistant('y'), user([result('a')])],
      sent: [assistant([call('a')]), user([result('a'), t('x')]), assistant('y')],
    },
    {
      name: 'get a turn of their own before the next answer',
      messages: [assistant([call('a')]), assistant('y'), user([result('a'), t('z')])],
      sent: [assistant([call('a')]), user([result('a')]), assistant('y'), user([t('z')])],
    },
    {
      name: 'that are lost are told as an error',
      messages: [assistant([call('a'), call('b')]), user([result('b')])],
      sent: [assistant([call('a'), call('b')]), user([lost('a'), result('b')])],
    },
    {
      name: 'that are lost at the end are told as an error too',
      messages: [user('q'), assistant([call('a')])],
      sent: [user('q'), assistant([call('a')]), user([lost('a')])],
    },
  ])('$name', ({ messages, sent }) => {
    expect(mended(ORPHAN, messages)).toEqual(sent);
  });
});

test.each([
  ['another message', 'prompt is too long', 400],
  ['another status', ORPHAN, 500],
])('%s is not mended', (_, message, status) => {
  expect(mended(message, [assistant([call('a.b')]), user('x')], status)).toBeUndefined();
});

test('what needs no mending is not sent again', () => {
  expect(mended(PATTERN, [assistant([call('a')]), user([result('a')])])).toBeUndefined();
});

import { expect, test } from 'vitest';
import { lostMembers } from '../../../src/daemon/ir/lost.js';
import type { ModelRequest } from '../../../src/daemon/ir/request.js';

const ext = (members: Record<string, string | number | boolean | null | object>) => ({ ext: { x: members as never } });
const request: ModelRequest = {
  dialect: 'x',
  model: 'm',
  messages: [
    {
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          callId: 'c',
          content: [{ type: 'text', text: 't', ...ext({ deep: 1 }) }],
          ...ext({ part: 1 }),
        },
      ],
      ...ext({ message: 1, mapped: 1 }),
    },
  ],
  tools: [
    { kind: 'function', name: 'f', ...ext({ tool: 1 }) },
    { kind: 'hosted', capability: 'code', ...ext({ declaration: 1 }) },
  ],
  sampling: {},
  stream: false,
  ...ext({
    body: 1,
    $hint: 1,
    $group: { inner: 1, nothing: null },
    none: null,
    off: false,
    blank: '',
    list: [],
    map: {},
  }),
};

test('members are named by their place, except those that say nothing and hints', () => {
  expect([...lostMembers(request)]).toEqual([
    'body',
    'tools[].tool',
    'messages[].message',
    'messages[].mapped',
    'messages[].content[].part',
    'messages[].content[].deep',
  ]);
});

test('what others get too is not lost, and groups are looked into', () => {
  const lost = lostMembers(request, { mapped: new Set(['body', 'messages[].mapped']), groups: { $group: 'config' } });
  expect([...lost]).toEqual([
    'config.inner',
    'tools[].tool',
    'messages[].message',
    'messages[].content[].part',
    'messages[].content[].deep',
  ]);
});

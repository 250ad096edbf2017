import { expect, test } from 'vitest';
import { clientPath, lostMembers, markedPlaces } from '../../../src/daemon/ir/lost.js';
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

test.each([
  ['sampling.topK', 'top_k'],
  ['sampling.seed', 'sampling.seed'],
  ['output', 'text.format'],
  ['output.name', 'text.format.name'],
  ['messages[2].content[0]', 'input[2].content[0]'],
  ['', ''],
])('a client reads of %j as %j', (path, expected) => {
  const names = { 'sampling.topK': 'top_k', output: 'text.format', messages: 'input' };
  expect(clientPath(path, { mapped: new Set(), names })).toBe(expected);
});

test('marks are named by their place, once; a detail left to the model is none', () => {
  const image = { type: 'media', source: { kind: 'url', url: 'https://ex.org/a.png' } } as const;
  const marked: ModelRequest = {
    ...request,
    tools: [{ kind: 'function', name: 'f', cache: {} }],
    messages: [
      {
        role: 'user',
        cache: {},
        content: [
          { type: 'text', text: 't', cache: {}, citations: [{ url: 'https://ex.org' }] },
          { ...image, detail: 'auto' },
          { type: 'tool-result', callId: 'c', content: [{ ...image, detail: 'high', filename: 'a.png' }] },
        ],
      },
    ],
  };
  expect([...markedPlaces(marked, ['cache', 'citations', 'detail', 'filename'])]).toEqual([
    'tools[].cache_control',
    'messages[].cache_control',
    'messages[].content[].cache_control',
    'messages[].content[].citations',
    'messages[].content[].detail',
    'messages[].content[].filename',
  ]);
  expect([...markedPlaces(marked, ['filename'])]).toEqual(['messages[].content[].filename']);
});

import { expect, test } from 'vitest';
import { describeCustomTool } from '../../../src/daemon/ir/custom-tool.js';
import { sideOf, translate } from '../../support/sides.js';

const definition = 'start: "a"';

test.each([
  [{ description: 'd' }, 'd'],
  [{}, undefined],
  [{ description: 'd', format: { type: 'text' } }, 'd'],
  [
    { description: 'd', format: { type: 'grammar', syntax: 'lark', definition } },
    `d\n\nThe input must follow this lark grammar:\n${definition}`,
  ],
  [{ format: { grammar: { definition } } }, `The input must follow this grammar:\n${definition}`],
])('the description of %j', (tool, expected) => {
  expect(describeCustomTool({ kind: 'custom', name: 'c', ...tool })).toBe(expected);
});

test.each(['openai-chat', 'anthropic-messages', 'gemini-generate'])(
  '%s reads of the grammar that it cannot enforce',
  (id) => {
    const tools = [{ type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition } }];
    const { body } = translate({ model: 'm', input: 'hi', tools }, sideOf('openai-responses'), sideOf(id));
    expect(JSON.stringify(body)).toContain(JSON.stringify(definition).slice(1, -1));
  },
);

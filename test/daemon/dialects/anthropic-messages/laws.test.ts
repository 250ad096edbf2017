import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicMessagesClient } from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { encode, hybridModel, jsonFixture } from '../../../support/anthropic-messages.js';

const roundTrip = (body: JsonObject): JsonObject => encode(anthropicMessagesClient.decodeRequest(body)).body;
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a body that was decoded and encoded again is the same body', () => {
  test.each(['request-agent.json', 'request-documents.json'])('%s', (name) => {
    const body = jsonFixture(name);
    expect(json(roundTrip(body))).toEqual(body);
  });

  test('any body', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(json(roundTrip(body))).toEqual(json(body));
      }),
      { numRuns: 300 },
    );
  });
});

test('a thinking setting that was changed on the way replaces the one of the body', () => {
  const decoded = anthropicMessagesClient.decodeRequest(jsonFixture('request-documents.json'));
  const { body } = encode({ ...decoded, reasoning: { mode: 'off' } }, hybridModel());
  expect(body['thinking']).toEqual({ type: 'disabled' });
  expect(body['output_config']).not.toHaveProperty('effort');
  expect(body['output_config']).toHaveProperty('format');
});

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const word = fc.stringMatching(/^[a-z]{1,6}$/);
const odd = fc.oneof(fc.string(), fc.constantFrom('', ' ', '"', '\n', 'ü🦆'));
const more = fc.dictionary(
  word.map((key) => `x_${key}`),
  fc.jsonValue() as fc.Arbitrary<never>,
  { maxKeys: 2 },
);
const cache = {
  cache_control: optional(
    fc.constantFrom(
      null,
      { type: 'ephemeral' },
      { type: 'ephemeral', ttl: '5m' },
      { type: 'ephemeral', ttl: '1h' },
      { type: 'ephemeral', ttl: '9y' },
      { type: 'ephemeral', scope: 'global' },
      { type: 'persistent' },
    ),
  ),
};
const block = <T extends Record<string, fc.Arbitrary<unknown>>>(type: string, members: T) =>
  fc
    .tuple(fc.record({ type: fc.constant(type), ...members }), more)
    .map(([known, extra]) => ({ ...extra, ...known }) as unknown as JsonObject);

const webCitation = block('web_search_result_location', {
  url: odd,
  title: fc.constantFrom(null, 'T'),
  cited_text: odd,
});
const pageCitation = block('page_location', { document_index: fc.nat(), cited_text: odd });
const textBlock = block('text', {
  text: odd,
  citations: optional(fc.oneof(fc.constant(null), fc.array(fc.oneof(webCitation, pageCitation), { maxLength: 3 }))),
  ...cache,
});
const imageBlock = block('image', {
  source: fc.oneof(
    block('base64', { media_type: fc.constantFrom('image/png', 'IMAGE/PNG'), data: fc.base64String() }),
    block('url', { url: odd }),
    block('file', { file_id: odd }),
    block('else', {}),
  ),
  ...cache,
});
const documentBlock = block('document', {
  title: optional(fc.constantFrom(null, 'spec.pdf')),
  source: fc.oneof(
    block('base64', { media_type: fc.constant('application/pdf'), data: fc.base64String() }),
    block('text', { media_type: fc.constant('text/plain'), data: odd }),
    block('url', { url: odd }),
    block('content', { content: fc.oneof(odd, fc.array(textBlock, { maxLength: 2 })) }),
  ),
  ...cache,
});
const strange = block('strange_block', { payload: fc.jsonValue() });
const referenceBlock = block('tool_reference', { tool_name: optional(odd), ...cache });
const resultBlock = block('tool_result', {
  tool_use_id: odd,
  is_error: optional(fc.boolean()),
  content: optional(
    fc.oneof(
      odd,
      fc.constant(null),
      fc.array(fc.oneof(textBlock, imageBlock, referenceBlock, strange), { maxLength: 3 }),
    ),
  ),
  ...cache,
});
const thinkingBlock = block('thinking', { thinking: odd, signature: optional(odd) });
const userBlock = fc.oneof(textBlock, imageBlock, documentBlock, resultBlock, resultBlock, strange, thinkingBlock);
const searchBlocks = fc
  .tuple(word, odd, fc.array(block('web_search_result', { url: odd, encrypted_content: odd }), { maxLength: 2 }))
  .map(([id, query, content]): JsonObject[] => [
    { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    { type: 'web_search_tool_result', tool_use_id: id, content },
  ]);
const assistantBlocks = fc.oneof(
  fc
    .oneof(
      textBlock,
      thinkingBlock,
      block('redacted_thinking', { data: odd }),
      block('tool_use', { id: odd, name: odd, input: fc.dictionary(word, fc.jsonValue()), ...cache }),
      strange,
    )
    .map((one) => [one]),
  searchBlocks,
);
const list = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 5 });
const message = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'assistant', 'system'), content: odd }),
  fc.record({ role: fc.constant('user'), content: list(userBlock) }),
  fc.record({ role: fc.constant('assistant'), content: list(assistantBlocks).map((blocks) => blocks.flat()) }),
  fc.record({ role: fc.constant('system'), content: list(textBlock) }),
);
const tool = fc.oneof(
  fc
    .tuple(
      fc.record(
        {
          name: odd,
          type: fc.constantFrom(null, 'custom'),
          description: odd,
          input_schema: fc.dictionary(word, fc.jsonValue()),
          strict: fc.boolean(),
          ...cache,
        },
        { requiredKeys: ['name'] },
      ),
      more,
    )
    .map(([known, extra]) => ({ ...extra, ...known })),
  block('web_search_20260209', { name: fc.constant('web_search'), max_uses: optional(fc.nat()), ...cache }),
  block('bash_20250124', { name: fc.constant('bash') }),
);
const bodies = fc
  .tuple(
    fc.record(
      {
        model: word,
        messages: fc.array(message, { minLength: 1, maxLength: 4 }),
        system: fc.oneof(odd, fc.constant(null), list(textBlock)),
        max_tokens: fc.nat(),
        tools: fc.array(tool, { maxLength: 3 }),
        tool_choice: fc.oneof(
          block('auto', {}),
          block('tool', { name: word, disable_parallel_tool_use: fc.boolean() }),
        ),
        thinking: fc.oneof(
          block('enabled', { budget_tokens: fc.nat() }),
          block('adaptive', { display: fc.constantFrom('omitted', 'summarized', null) }),
          block('disabled', {}),
          block('between_tools', {}),
        ),
        output_config: fc.record(
          {
            effort: fc.constantFrom('low', 'max', 'odd', null),
            format: fc.constant({ type: 'json_schema', schema: {} }),
          },
          { requiredKeys: [] },
        ),
        temperature: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.1 }),
        top_p: fc.constantFrom(null, 0.5),
        top_k: fc.nat(),
        stop_sequences: list(odd),
        stream: fc.boolean(),
        metadata: fc.record({ user_id: fc.constantFrom(null, 'u') }),
      },
      { requiredKeys: ['model', 'messages'] },
    ),
    more,
  )
  .map(([known, extra]) => ({ ...extra, ...known }) as unknown as JsonObject);

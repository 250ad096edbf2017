import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiResponsesClient } from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { encode, fixtureJson } from '../../../support/openai-responses.js';

const roundTrip = (body: JsonObject): JsonObject => {
  const { body: printed, warnings } = encode(openaiResponsesClient.decodeRequest(body));
  expect(warnings).toEqual([]);
  return JSON.parse(JSON.stringify(printed));
};

describe('a request survives decoding and encoding', () => {
  test.each(['codex', 'plain', 'settings', 'media', 'native'])('fixture %s', (name) => {
    const body = fixtureJson(`request-${name}.json`);
    expect(roundTrip(body)).toEqual(body);
  });

  const word = fc.string({ maxLength: 8 });
  const plain = fc.constantFrom('a', 'b c', '世界', '');
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const extra = fc.option(fc.record({ x_own: fc.jsonValue({ maxDepth: 2 }) }), { nil: {} });
  const object = (members: Record<string, fc.Arbitrary<unknown>>, required: string[]) =>
    fc
      .tuple(fc.record(members, { requiredKeys: required }), extra)
      .map(([known, more]) => JSON.parse(JSON.stringify({ ...more, ...known })));
  const textPart = (type: string) =>
    object({ type: fc.constant(type), text: word, prompt_cache_breakpoint: fc.constant({ mode: 'explicit' }) }, [
      'type',
      'text',
    ]);
  const image = object(
    {
      type: fc.constant('input_image'),
      image_url: fc.constantFrom('https://e.org/a.png', 'data:image/png;base64,AAAA', 'data:;base64,AA=='),
      detail: fc.constantFrom('auto', 'high', null),
    },
    ['type', 'image_url'],
  );
  const file = object(
    {
      type: fc.constant('input_file'),
      filename: fc.constantFrom('a.pdf', 'b', 'C.TXT'),
      file_data: fc.constantFrom(
        'AAAA',
        'data:application/pdf;base64,AAAA',
        'data:text/plain;charset=utf-8;base64,aGk=',
      ),
    },
    ['type', 'file_data'],
  );
  const content = fc.oneof(word, fc.array(fc.oneof(textPart('input_text'), textPart('output_text'), image, file)));
  const status = fc.constantFrom('completed', 'in_progress', null);
  const item = fc.oneof(
    object(
      {
        type: fc.constantFrom('message', null),
        role: fc.constantFrom('user', 'system', 'developer'),
        content,
        id: word,
      },
      ['role', 'content'],
    ),
    object(
      {
        type: fc.constant('message'),
        role: fc.constant('assistant'),
        content: fc.oneof(
          word,
          fc.array(
            fc.oneof(
              textPart('output_text'),
              textPart('input_text'),
              object({ type: fc.constant('refusal'), refusal: word }, ['type', 'refusal']),
            ),
          ),
        ),
        id: word,
        status,
        phase: fc.constantFrom('commentary', null),
      },
      ['role', 'content'],
    ),
    object(
      {
        type: fc.constant('function_call'),
        call_id: word,
        name: word,
        arguments: word,
        id: word,
        namespace: plain,
        status,
      },
      ['type', 'call_id', 'name', 'arguments'],
    ),
    object({ type: fc.constant('custom_tool_call'), call_id: word, name: word, input: word, status }, [
      'type',
      'call_id',
      'name',
      'input',
    ]),
    object(
      {
        type: fc.constantFrom('function_call_output', 'custom_tool_call_output'),
        call_id: word,
        output: content,
        id: word,
      },
      ['type', 'call_id', 'output'],
    ),
    object(
      {
        type: fc.constant('reasoning'),
        id: word,
        summary: fc.array(fc.record({ type: fc.constant('summary_text'), text: word })),
        content: fc.constantFrom(null, [{ type: 'reasoning_text', text: 'r' }]),
        encrypted_content: fc.constantFrom('gAAAA', '', null),
      },
      ['type', 'summary'],
    ),
    object(
      {
        type: fc.constantFrom('web_search_call', 'image_generation_call', 'mcp_call', 'odd'),
        id: word,
        result: maybe(plain),
        action: fc.jsonValue({ maxDepth: 1 }),
      },
      ['type'],
    ),
  );
  const callable = object(
    {
      type: fc.constant('function'),
      name: word,
      description: fc.constantFrom('d', null),
      parameters: fc.constantFrom({ type: 'object' }, null),
      strict: fc.constantFrom(true, false, null),
    },
    ['type', 'name'],
  );
  const custom = object({ type: fc.constant('custom'), name: word, format: fc.constant({ type: 'text' }) }, [
    'type',
    'name',
  ]);
  const tool = fc.oneof(
    callable,
    custom,
    object(
      {
        type: fc.constantFrom('web_search', 'file_search', 'odd'),
        filters: fc.constantFrom(null, { allowed_domains: ['a.org'] }),
      },
      ['type'],
    ),
    object(
      {
        type: fc.constant('namespace'),
        name: plain,
        description: plain,
        tools: fc.array(fc.oneof(callable, custom), { maxLength: 2 }),
      },
      ['type', 'name', 'tools'],
    ),
  );
  const body = object(
    {
      model: word,
      input: fc.oneof(word, fc.array(item, { maxLength: 6 })),
      instructions: fc.constantFrom('', 'be brief', null),
      tools: fc.array(tool, { maxLength: 4 }),
      tool_choice: fc.constantFrom(
        'auto',
        'none',
        null,
        { type: 'function', name: 'f' },
        { type: 'custom', name: 'c', namespace: 'n' },
        { type: 'mcp', server_label: 's' },
      ),
      parallel_tool_calls: fc.constantFrom(true, false, null),
      text: fc.constantFrom(
        {},
        null,
        { verbosity: 'low' },
        { format: { type: 'text' } },
        { format: { type: 'json_schema', schema: {}, strict: null } },
      ),
      reasoning: fc.constantFrom(
        {},
        null,
        { effort: 'high' },
        { effort: 'none', summary: 'auto' },
        { effort: 'ultra', summary: null, context: 'auto' },
      ),
      temperature: fc.constantFrom(0, 1.5, null),
      max_output_tokens: fc.constantFrom(1, null),
      user: plain,
      safety_identifier: plain,
      metadata: fc.constantFrom({}, { a: 'b' }, null),
      stream: fc.constantFrom(true, false, null),
      store: fc.constantFrom(true, false, null),
      include: fc.constantFrom([], ['message.output_text.logprobs'], null),
      service_tier: fc.constantFrom('auto', null),
    },
    ['model', 'input'],
  );

  test('any request', () => {
    fc.assert(
      fc.property(body, (request) => {
        expect(roundTrip(request)).toEqual(request);
      }),
      { numRuns: 500 },
    );
  });
});

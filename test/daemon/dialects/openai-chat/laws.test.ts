import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiChatClient, openaiChatUpstream } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { fixtureBody, fixtureNames, requestContext } from '../../../support/openai-chat.js';

const roundTrip = (body: JsonObject): JsonObject =>
  openaiChatUpstream.encodeRequest(openaiChatClient.decodeRequest(body), requestContext()).body;

/** As it would stand on the wire: `undefined` members do not exist there. */
const onWire = (body: JsonObject): JsonObject => JSON.parse(JSON.stringify(body));

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof({ weight: 2, arbitrary: value }, fc.constant(null), fc.constant(undefined));
const extra = fc.dictionary(fc.constantFrom('x_vendor', 'x_other'), fc.jsonValue(), { maxKeys: 1 });
const withExtra = (value: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.tuple(value, extra).map(([object, more]) => ({ ...object, ...more }));

const part = withExtra(
  fc.oneof(
    fc.record({ type: fc.constant('text'), text: fc.string() }),
    fc.record({
      type: fc.constant('image_url'),
      image_url: fc.oneof(
        fc.record({ url: fc.constantFrom('https://a.example/x.png', 'data:image/png;base64,AA', 'data:;base64,AA') }),
        fc.record({ url: fc.webUrl(), detail: fc.constantFrom('low', 'high') }),
        fc.webUrl(),
      ),
    }),
    fc.record({
      type: fc.constant('input_audio'),
      input_audio: fc.record({ data: fc.base64String(), format: fc.constantFrom('wav', 'mp3', 'opus') }),
    }),
    fc.record({
      type: fc.constant('file'),
      file: fc.record({ filename: fc.constantFrom('a.pdf', 'B.TXT'), file_data: fc.base64String() }),
    }),
    fc.record({ type: fc.constant('file'), file: fc.record({ file_id: fc.string() }) }),
    fc.record({ type: fc.constant('mystery'), value: fc.jsonValue() }),
  ),
);
const content = fc.oneof(fc.string(), fc.array(part, { maxLength: 3 }));
const call = withExtra(
  fc.oneof(
    fc.record({
      id: fc.string(),
      type: fc.constant('function'),
      function: withExtra(fc.record({ name: fc.string(), arguments: fc.string() })),
    }),
    fc.record({ id: fc.string(), function: fc.record({ name: fc.string(), arguments: fc.string() }) }),
    fc.record({
      id: fc.string(),
      type: fc.constant('custom'),
      custom: fc.record({ name: fc.string(), input: fc.string() }),
    }),
  ),
);
const message = withExtra(
  fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content, name: maybe(fc.string()) }),
    fc.record({
      role: fc.constant('assistant'),
      content: maybe(content),
      refusal: maybe(fc.string()),
      reasoning_content: maybe(fc.string()),
      tool_calls: maybe(fc.array(call, { maxLength: 2 })),
    }),
    fc.record({ role: fc.constant('tool'), tool_call_id: fc.string(), content }),
    fc.record({ role: fc.constant('function'), name: fc.string(), content }),
  ),
);
const schema = fc.constantFrom({}, { type: 'object', properties: { a: { type: 'string' } } });
const tool = withExtra(
  fc.oneof(
    fc.record({
      type: fc.constant('function'),
      function: withExtra(
        fc.record({
          name: fc.string(),
          description: maybe(fc.string()),
          parameters: maybe(schema),
          strict: maybe(fc.boolean()),
        }),
      ),
    }),
    fc.record({ type: fc.constant('custom'), custom: fc.record({ name: fc.string(), format: maybe(schema) }) }),
    fc.record({ google_search: fc.constant({}) }),
    fc.record({ type: fc.constantFrom('web_search', 'image_generation') }),
  ),
);
const body = withExtra(
  fc.record({
    model: fc.string(),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    stream: maybe(fc.boolean()),
    stream_options: maybe(fc.record({ include_usage: fc.boolean() })),
    tools: maybe(fc.array(tool, { maxLength: 3 })),
    functions: maybe(fc.array(fc.record({ name: fc.string(), parameters: maybe(schema) }), { maxLength: 2 })),
    tool_choice: maybe(
      fc.oneof(
        fc.constantFrom('auto', 'none', 'required', 'any'),
        fc.record({ type: fc.constant('function'), function: fc.record({ name: fc.string() }) }),
        fc.record({ type: fc.constant('custom'), custom: fc.record({ name: fc.string() }) }),
      ),
    ),
    function_call: maybe(fc.constantFrom('auto', 'none')),
    parallel_tool_calls: maybe(fc.boolean()),
    response_format: maybe(
      fc.oneof(
        fc.constantFrom<object>({ type: 'text' }, { type: 'json_object' }, { type: 'grammar', grammar: 'x' }),
        fc.record({
          type: fc.constant('json_schema'),
          json_schema: fc.record({ name: fc.string(), schema: maybe(schema), strict: maybe(fc.boolean()) }),
        }),
      ),
    ),
    max_tokens: maybe(fc.nat()),
    max_completion_tokens: maybe(fc.nat()),
    temperature: maybe(fc.constantFrom(0, 0.5, 2)),
    stop: maybe(fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }))),
    n: maybe(fc.integer({ min: 1, max: 3 })),
    seed: maybe(fc.integer()),
    user: maybe(fc.string()),
    safety_identifier: maybe(fc.string()),
    metadata: maybe(fc.dictionary(fc.constantFrom('a', 'b'), fc.string())),
    reasoning_effort: maybe(fc.constantFrom('none', 'low', 'max', 'auto')),
    reasoning: maybe(fc.record({ effort: fc.constantFrom('low', 'high'), exclude: fc.boolean() })),
    web_search_options: maybe(fc.constantFrom({}, { search_context_size: 'low' })),
  }),
);

describe('the law of decoding: what was read can be printed again', () => {
  test.each(fixtureNames('requests'))('holds for %s', (name) => {
    const fixture = fixtureBody(`requests/${name}`);
    expect(onWire(roundTrip(fixture))).toEqual(fixture);
  });

  test('holds for any request', () => {
    fc.assert(
      fc.property(body, (generated) => {
        const request = onWire(generated as JsonObject);
        expect(onWire(roundTrip(request))).toEqual(request);
      }),
      { numRuns: 300 },
    );
  });
});

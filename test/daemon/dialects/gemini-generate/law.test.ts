import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRequest } from '../../../../src/daemon/dialects/gemini-generate/decode-request.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { encode, requestFixtures } from '../../../support/gemini-generate.js';

const roundTrip = (body: JsonObject) => encode(decodeRequest({ ...body, model: 'm', stream: true })).body;

/** Any JSON, as it comes from a parser. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));
const extras = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => !/^[a-z][a-zA-Z_]*$/.test(key) && key !== '__proto__'),
  json,
  { maxKeys: 2 },
);
const object = fc.dictionary(fc.string(), json, { maxKeys: 3 }).map((value) => JSON.parse(JSON.stringify(value)));
const either = (camel: string, snake: string, value: fc.Arbitrary<unknown>) =>
  fc.tuple(fc.constantFrom(camel, snake), value).map(([key, member]) => ({ [key]: member }));
const merge = (...members: fc.Arbitrary<object>[]) =>
  fc.tuple(...members).map((values): JsonObject => Object.assign({}, ...values));
const maybe = (member: fc.Arbitrary<object>) => fc.oneof(fc.constant({}), member);
const signature = maybe(either('thoughtSignature', 'thought_signature', fc.base64String()));
const id = maybe(fc.record({ id: fc.constantFrom('', 'c1', 'c2', 'call_gemini_1') }));
const name = fc.constantFrom('f', 'g');

const data = merge(
  either('mimeType', 'mime_type', fc.constantFrom('image/png', 'IMAGE/PNG', '')),
  fc.record({ data: fc.base64String() }),
  extras,
);
const part = fc.oneof(
  merge(fc.record({ text: fc.string() }), maybe(fc.record({ thought: fc.boolean() })), signature, maybe(extras)),
  fc.record({ text: fc.string(), thought: fc.constant(true) }),
  merge(either('inlineData', 'inline_data', data), signature, extras),
  merge(
    either(
      'fileData',
      'file_data',
      either('fileUri', 'file_uri', fc.constantFrom('gs://b/c', 'https://example.org/x')),
    ),
    extras,
  ),
  merge(
    either('functionCall', 'function_call', merge(id, fc.record({ name }), maybe(fc.record({ args: object })), extras)),
    signature,
  ),
  merge(
    either(
      'functionResponse',
      'function_response',
      merge(
        id,
        maybe(fc.record({ name })),
        maybe(
          fc.record({
            response: fc.oneof(
              object,
              fc.record({ result: json }),
              fc.record({ result: fc.string(), error: json }),
              fc.record({ output: fc.string() }),
              fc.record({ error: fc.string() }),
            ),
          }),
        ),
        maybe(fc.record({ parts: fc.array(either('inlineData', 'inline_data', data), { maxLength: 2 }) })),
      ),
    ),
    extras,
  ),
  fc.record({ executableCode: fc.record({ code: fc.string() }) }),
  extras,
);
const content = merge(
  maybe(fc.record({ role: fc.constantFrom('user', 'model', 'function', '', 'bogus') })),
  maybe(fc.record({ parts: fc.oneof(fc.array(part, { maxLength: 5 }), part) })),
  maybe(extras),
);
const schema = fc.oneof(
  object,
  fc.constant({ type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true, enum: ['x'] } } }),
);
const declaration = merge(
  fc.record({ name }),
  maybe(fc.record({ description: fc.string() })),
  maybe(either('parameters', 'parameters', schema)),
  maybe(either('parametersJsonSchema', 'parameters_json_schema', object)),
  extras,
);
const tool = merge(
  maybe(
    either(
      'functionDeclarations',
      'function_declarations',
      fc.oneof(fc.array(declaration, { maxLength: 3 }), declaration),
    ),
  ),
  maybe(either('googleSearch', 'google_search', object)),
  maybe(fc.record({ codeExecution: fc.constantFrom({}, null) })),
  extras,
);
const thinking = merge(
  maybe(either('thinkingLevel', 'thinking_level', fc.constantFrom('LOW', 'high', 'THINKING_LEVEL_UNSPECIFIED', 'xyz'))),
  maybe(either('thinkingBudget', 'thinking_budget', fc.constantFrom(0, -1, 99, 8192))),
  maybe(either('includeThoughts', 'include_thoughts', fc.boolean())),
  extras,
);
const config = merge(
  maybe(fc.record({ temperature: fc.constantFrom(0, 1, null) })),
  maybe(either('maxOutputTokens', 'max_output_tokens', fc.nat())),
  maybe(either('stopSequences', 'stop_sequences', fc.array(fc.string()))),
  maybe(
    either('responseMimeType', 'response_mime_type', fc.constantFrom('application/json', 'text/plain', 'text/x.enum')),
  ),
  maybe(either('responseSchema', 'response_schema', schema)),
  maybe(either('responseJsonSchema', 'response_json_schema', fc.oneof(object, fc.constant(true)))),
  maybe(either('thinkingConfig', 'thinking_config', thinking)),
  maybe(fc.record({ responseLogprobs: fc.boolean(), logprobs: fc.nat() })),
  extras,
);
const toolConfig = merge(
  maybe(
    either(
      'functionCallingConfig',
      'function_calling_config',
      merge(
        maybe(fc.record({ mode: fc.constantFrom('AUTO', 'ANY', 'any', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED') })),
        maybe(either('allowedFunctionNames', 'allowed_function_names', fc.array(name, { maxLength: 2 }))),
        extras,
      ),
    ),
  ),
  extras,
);
const body = merge(
  fc.record({ contents: fc.oneof(fc.array(content, { maxLength: 5 }), content) }),
  maybe(either('systemInstruction', 'system_instruction', content)),
  maybe(fc.record({ tools: fc.oneof(fc.array(tool, { maxLength: 3 }), tool) })),
  maybe(either('toolConfig', 'tool_config', toolConfig)),
  maybe(either('generationConfig', 'generation_config', config)),
  maybe(either('serviceTier', 'service_tier', fc.constantFrom('standard', 'FLEX'))),
  maybe(either('cachedContent', 'cached_content', fc.string())),
  extras,
);

describe('a request that is decoded and encoded in this dialect', () => {
  test.each(requestFixtures)('is unchanged: $name', ({ body: wire }) => {
    expect(roundTrip(wire)).toEqual(wire);
  });

  test('is unchanged whatever it holds', () => {
    fc.assert(
      fc.property(body, (wire) => {
        expect(roundTrip(wire)).toEqual(wire);
      }),
      { numRuns: 500 },
    );
  });
});

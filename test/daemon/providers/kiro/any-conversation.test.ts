import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wireBodyOf } from '../../../../src/daemon/engine/wire-body.js';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import type { Message, ModelRequest, Part, Tool } from '../../../../src/daemon/ir/request.js';
import { encodeRequest } from '../../../../src/daemon/providers/kiro/encode-request.js';
import { finishBody } from '../../../../src/daemon/providers/kiro/finish-body.js';
import { PNG } from '../../../support/client-requests.js';
import { modelNamed } from '../../../support/provider.js';
import { kiroFaultOf } from '../../../support/vendors/kiro-rules.js';

const text: fc.Arbitrary<Part> = fc
  .oneof(fc.constantFrom('', ' ', 'hi', 'a\ud83d'), fc.string({ maxLength: 8, unit: 'binary' }))
  .map((value) => ({ type: 'text', text: value }));
const image: fc.Arbitrary<Part> = fc.constant({
  type: 'media',
  mediaType: 'image/png',
  source: { kind: 'base64', data: PNG },
});
// Few names and ids, so that they meet.
const id = fc.constantFrom('a', 'b', 'call|1', 'call_1', 'x'.repeat(70), '');
const name = fc.constantFrom('f', 'F', 'get.it', 'get-it', 'mcp__'.repeat(20), '9', 'remote_web_search');
const call: fc.Arbitrary<Part> = fc.record({
  type: fc.constant('tool-call' as const),
  id,
  name,
  input: fc.constantFrom('', '{}', '{"a":1}', '{"a":', '[]'),
});
const thinking: fc.Arbitrary<Part> = fc.constant({ type: 'reasoning', text: 'hm' });
const result: fc.Arbitrary<Part> = fc
  .tuple(id, fc.array(fc.oneof(text, image), { maxLength: 3 }), fc.boolean())
  .map(([callId, content, isError]) => ({ type: 'tool-result', callId, content, isError }));
const message = fc.oneof(
  fc.record({ role: fc.constant('system' as const), content: fc.array(text, { maxLength: 2 }) }),
  fc.record({ role: fc.constant('user' as const), content: fc.array(fc.oneof(text, image), { maxLength: 3 }) }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.array(fc.oneof(text, call, thinking), { maxLength: 4 }),
  }),
  fc.record({ role: fc.constant('tool' as const), content: fc.array(result, { minLength: 1, maxLength: 3 }) }),
) satisfies fc.Arbitrary<Message>;

const schema = fc
  .oneof(
    fc.constantFrom<JsonObject>(
      { type: 'object', properties: null, required: null },
      { type: ['object', 'null'], properties: { a: { type: ['null', 'string'] } } },
      { anyOf: [{ type: 'object' }], additionalProperties: null },
    ),
    fc.dictionary(
      fc.constantFrom('type', 'properties', 'required', 'items', 'additionalProperties', 'enum', 'anyOf', 'a'),
      fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>,
    ),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const tool: fc.Arbitrary<Tool> = fc.oneof(
  fc.record({ kind: fc.constant('function' as const), name, description: fc.constantFrom('', 'does'), schema }),
  fc.record({ kind: fc.constant('custom' as const), name }),
  fc.constant<Tool>({ kind: 'hosted', capability: 'web-search' }),
);

test('whatever a client says, Kiro gets what it takes', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 12 }),
      fc.array(tool, { maxLength: 4 }),
      fc.constantFrom<ModelRequest['reasoning']>(undefined, { mode: 'auto' }, { mode: 'budget', budgetTokens: 2000 }),
      fc.constantFrom('openai-chat', 'anthropic-messages'),
      (messages, tools, reasoning, dialect) => {
        let ids = 0;
        const request: ModelRequest = {
          dialect,
          model: 'm',
          messages,
          tools,
          sampling: {},
          stream: false,
          ...(reasoning === undefined ? {} : { reasoning }),
        };
        const { body } = encodeRequest(request, {
          model: modelNamed('m'),
          warn: () => undefined,
          newId: (prefix) => `${prefix}${++ids}`,
        });
        const conversationId = '7f1c9e0a-0000-4000-8000-000000000001';
        const bytes = finishBody(wireBodyOf(body), { conversationId, profileArn: undefined });
        expect(kiroFaultOf(JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonObject)).toBeUndefined();
      },
    ),
    { numRuns: 500 },
  );
});

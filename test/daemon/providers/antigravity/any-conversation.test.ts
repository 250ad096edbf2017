import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { issueOpaque } from '../../../../src/cli/demo/upstreams/opaque.js';
import { wireBodyOf } from '../../../../src/daemon/engine/wire-body.js';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import { sealOpaque } from '../../../../src/daemon/ir/opaque.js';
import { CLAUDE, GEMINI, innerOf, OTHER, openAccount } from '../../../support/antigravity.js';
import { relayed } from '../../../support/provider.js';
import { canonicalRequests, SIDES } from '../../../support/sides.js';
import { antigravityFaultOf } from '../../../support/vendors/antigravity-rules.js';

const MODELS = [GEMINI, CLAUDE, OTHER];
const GOOGLES = issueOpaque('gemini', 'thought');
const ANTHROPICS = sealOpaque(
  { origin: 'anthropic-messages', value: issueOpaque('anthropic', 'thinking') },
  'gemini-generate',
);

const signature = fc.constantFrom<JsonObject>(
  {},
  { thoughtSignature: GOOGLES },
  { thought_signature: GOOGLES },
  { thoughtSignature: ANTHROPICS },
  { thoughtSignature: '' },
  { thoughtSignature: 'skip_thought_signature_validator' },
  { thoughtSignature: 'cliproxy0Rabc' },
);
const name = fc.constantFrom('f', 'g', '9 to-5/x', 'unknown', 'x'.repeat(80), '');
const id = fc.constantFrom<JsonObject>({}, { id: 'a' }, { id: 'b:1/x' }, { id: 'b_1_x' }, { id: '' });
const data = fc.oneof(
  fc.constantFrom<JsonObject>({ text: '' }, { text: 'hi' }, { text: 'hm', thought: true }, { text: '', thought: true }),
  fc.constant<JsonObject>({ inline_data: { mime_type: 'image/png', data: 'iVBORw0KGgo=' } }),
  fc
    .tuple(name, id)
    .map(([called, by]): JsonObject => ({ functionCall: { name: called, ...by, args: { reason: 1 } } })),
  fc.tuple(name, id).map(
    ([called, by]): JsonObject => ({
      function_response: { name: called, ...by, response: { result: 'ok' } },
    }),
  ),
);
const part = fc.tuple(data, signature).map(([value, signed]) => ({ ...value, ...signed }));
const content = fc.record({
  role: fc.constantFrom('user', 'model', 'assistant', 'system', 'function', 'bogus', ''),
  parts: fc.array(part, { maxLength: 4 }),
});
const schema = fc.dictionary(
  fc.constantFrom(
    'type',
    'properties',
    'required',
    'items',
    'enum',
    'anyOf',
    '$ref',
    'default',
    'nullable',
    'not',
    'a',
  ),
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>,
    fc.constantFrom<JsonValue>('object', 'STRING', '#', ['string', 'null'], { a: { type: 'object' } }),
  ),
);
const tool = fc
  .tuple(name, schema, fc.constantFrom('parameters', 'parametersJsonSchema', 'parameters_json_schema'))
  .map(([called, shape, member]): JsonObject => ({ name: called, strict: true, [member]: shape }));
const config = fc.constantFrom<JsonObject>(
  {},
  { maxOutputTokens: 900, thinkingConfig: { thinkingBudget: 900 } },
  { max_output_tokens: 8000, thinking_config: { thinking_level: 'HIGH', includeThoughts: true } },
  { maxOutputTokens: 1_000_000, presencePenalty: 1, thinkingConfig: { thinkingBudget: -1 } },
);

test('whatever a client of Gemini says, the service gets what it takes', () => {
  fc.assert(
    fc.property(
      fc.array(content, { maxLength: 8 }),
      fc.array(tool, { maxLength: 3 }),
      config,
      fc.constantFrom(...MODELS),
      (contents, declarations, generationConfig, model) => {
        const body: JsonObject = {
          contents,
          tools: [{ function_declarations: declarations }],
          generationConfig,
          safetySettings: [],
          system_instruction: { parts: [{ text: '' }, { text: 'be terse' }] },
        };
        for (const wire of [relayed(body), wireBodyOf(body)]) {
          const upstream = openAccount();
          const endpoint = upstream.endpoint({ model, client: 'gemini-generate', operation: 'generate', stream: true });
          if (endpoint === undefined) throw new Error('no endpoint');
          const call = { endpoint, body: wire, model, operation: 'generate', stream: true, relay: true } as const;
          const sent = JSON.parse(Buffer.from(upstream.prepare({ ...call, clientHeaders: {} }).body).toString('utf8'));
          expect(antigravityFaultOf('streamGenerateContent', sent), JSON.stringify(sent)).toBeUndefined();
        }
      },
    ),
    { numRuns: 400 },
  );
});

const faultOf = (model: string, request: JsonObject): string | undefined =>
  antigravityFaultOf('streamGenerateContent', {
    project: 'p',
    model,
    requestType: 'agent',
    requestId: 'agent-7f1c9e0a-0000-4000-8000-000000000001',
    userAgent: 'cliproxyctl',
    request,
  });

describe.each(SIDES)('what $id can say', (side) => {
  test.each(MODELS)('goes to $id as it takes it', (model) => {
    for (const [concept, body] of Object.entries(canonicalRequests(side))) {
      let inner: JsonObject;
      try {
        inner = innerOf(side, model, body);
      } catch (error) {
        // What no model of Google's can be told is refused before.
        expect(String(error), concept).toContain('RequestFault');
        continue;
      }
      const fault = faultOf(model.id, inner);
      if (fault === undefined) continue;
      // Signatures that only look like the vendor's own are for the vendor to refuse.
      expect(fault, concept).toMatch(/[Ss]ignature/);
      expect(faultOf(model.id, innerOf(side, model, body, { refused: fault })), concept).toBeUndefined();
    }
  });
});

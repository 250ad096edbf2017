import fc from 'fast-check';
import type { ModelResponse } from '../../src/daemon/ir/event.js';

const ext = fc.option(fc.constant({ 'openai-chat': { logprobs: null } }), { nil: undefined });
const opaque = fc.option(fc.record({ origin: fc.constant('anthropic-messages'), value: fc.string() }), {
  nil: undefined,
});
const yes = fc.option(fc.constant(true as const), { nil: undefined });

/** Leaves out the members that are `undefined`, as the representation wants it. */
const compact = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

const citation = fc
  .record({
    url: fc.webUrl(),
    title: fc.option(fc.string(), { nil: undefined }),
    start: fc.option(fc.nat(), { nil: undefined }),
    end: fc.option(fc.nat(), { nil: undefined }),
  })
  .map(compact);

const part = fc.oneof(
  fc
    .record({
      type: fc.constant('text' as const),
      text: fc.string(),
      refusal: yes,
      citations: fc.option(fc.array(citation, { minLength: 1, maxLength: 3 }), { nil: undefined }),
      opaque,
      ext,
    })
    .map(compact),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.string(), redacted: yes, opaque, ext }).map(compact),
  fc
    .record({
      type: fc.constant('tool-call' as const),
      id: fc.string({ minLength: 1 }),
      name: fc.string({ minLength: 1 }),
      input: fc.oneof(fc.constant(''), fc.constant('{"a":1}'), fc.string()),
      custom: yes,
      opaque,
      ext,
    })
    .map(compact),
  fc
    .record({
      type: fc.constant('media' as const),
      mediaType: fc.constant('image/png'),
      source: fc.record({ kind: fc.constant('base64' as const), data: fc.base64String() }),
      ext,
    })
    .map(compact),
  fc.record({
    type: fc.constant('native' as const),
    dialect: fc.constant('openai-responses'),
    value: fc.record({ type: fc.string() }),
  }),
);

const finish = fc
  .record({
    reason: fc.constantFrom('stop', 'length', 'tool-calls', 'content-filter', 'refusal', 'pause', 'other'),
    raw: fc.option(fc.string(), { nil: undefined }),
    stopSequence: fc.option(fc.string(), { nil: undefined }),
  })
  .map(compact);

/** Any whole answer that a decoder may produce. */
export const modelResponses = fc
  .record({
    id: fc.option(fc.string(), { nil: undefined }),
    model: fc.option(fc.string(), { nil: undefined }),
    content: fc.array(part, { maxLength: 6 }),
    finish,
    usage: fc.option(
      fc
        .record({
          inputTokens: fc.nat(),
          cacheReadTokens: fc.option(fc.nat(), { nil: undefined }),
          outputTokens: fc.option(fc.nat(), { nil: undefined }),
        })
        .map(compact),
      { nil: undefined },
    ),
    ext,
    alternatives: fc.option(
      fc.array(fc.record({ content: fc.array(part, { maxLength: 2 }), finish }), { minLength: 1, maxLength: 2 }),
      {
        nil: undefined,
      },
    ),
  })
  .map((value): ModelResponse => compact(value) as ModelResponse);

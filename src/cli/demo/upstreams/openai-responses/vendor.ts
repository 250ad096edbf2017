import { composeAnswer, deltasOf } from '../compose.js';
import { asList, asText } from '../json.js';
import { authenticate, handleCommon, noRoute, readBody } from '../openai/endpoints.js';
import { openAiReply, refuse } from '../openai/errors.js';
import { replyWith, streamedAnswer, wholeAnswer } from '../outcome.js';
import { tokensOf } from '../prompt-cache.js';
import type { Outcome, Session, Vendor, VendorRequest } from '../vendor.js';
import { checkRequest } from './check.js';
import { checkInput } from './check-input.js';
import { itemsFor } from './items.js';
import { frame, type PrintOptions, printStream, printWhole } from './print.js';
import { itemsOf, readPrompt } from './read.js';

const MAX_STORED = 100;

/** OpenAI Responses, as OpenAI serves it. */
export const openAiResponses: Vendor = {
  defaultModel: 'simulated-responses',
  basePath: '/v1',
  handle(request, session) {
    authenticate(request, session);
    const { method, path } = request;
    if (method === 'POST' && path === '/v1/responses') return respond(request, session);
    if (method === 'POST' && path === '/v1/responses/compact') return compact(request, session);
    return handleCommon(request, session) ?? noRoute(request);
  },
  error: (name, options) => openAiReply(name, options, 'input'),
  openStream(text) {
    const response = {
      id: 'resp_simulated',
      object: 'response',
      created_at: 1_750_000_000,
      status: 'in_progress',
      model: 'simulated',
      output: [],
    };
    const place = { item_id: 'msg_simulated', output_index: 0, content_index: 0 };
    const item = { id: 'msg_simulated', type: 'message', status: 'in_progress', role: 'assistant', content: [] };
    const part = { type: 'output_text', annotations: [], logprobs: [], text: '' };
    return [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.content_part.added', ...place, part },
      ...deltasOf(text).map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    ].map(({ type, ...fields }, index) => frame(type, { ...fields, sequence_number: index }));
  },
  streamError: () =>
    frame('response.failed', {
      sequence_number: 1_000,
      response: {
        id: 'resp_simulated',
        object: 'response',
        created_at: 1_750_000_000,
        status: 'failed',
        error: {
          code: 'server_error',
          message: 'The server had an error while processing your request. Sorry about that!',
        },
        incomplete_details: null,
        model: 'simulated',
        output: [],
        usage: null,
      },
    }),
};

function respond(request: VendorRequest, session: Session): Outcome {
  const body = readBody(request, session);
  if (session.isStrict) checkRequest(body);
  const isStored = body['store'] !== false;
  const items = [...earlierItems(asText(body['previous_response_id']), session), ...itemsOf(body['input'])];
  if (session.isStrict) checkInput(items, isStored);
  const prompt = readPrompt(body, items);
  const answer = composeAnswer(session.kind, prompt);
  const options: PrintOptions = {
    id: session.newId('resp_', 48),
    createdAt: Math.floor(session.now() / 1000),
    body,
    answer,
    items: itemsFor(answer, asList(body['include']).includes('reasoning.encrypted_content'), session),
    inputTokens: tokensOf(prompt.transcript),
    cachedTokens: session.cache.reuse(prompt.transcript),
  };
  const whole = printWhole(options);
  if (isStored) store(session, options.id, [...items, ...asList(whole['output'])]);
  const headers = { 'x-request-id': session.newId('req_') };
  if (body['stream'] !== true) return wholeAnswer(answer, whole, headers);
  return streamedAnswer(answer, printStream(options), headers);
}

/** A conversation made short: its last user message and one opaque item. */
function compact(request: VendorRequest, session: Session): Outcome {
  const body = readBody(request, session);
  const items = itemsOf(body['input']);
  const inputTokens = tokensOf(JSON.stringify(items));
  return replyWith({
    id: session.newId('resp_', 48),
    object: 'response.compaction',
    created_at: Math.floor(session.now() / 1000),
    output: [
      ...items.slice(-1),
      { id: session.newId('cmp_', 48), type: 'compaction', encrypted_content: session.newId('gAAAAAB', 60) },
    ],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + 1,
    },
  });
}

function earlierItems(id: string | undefined, { stored }: Session): readonly unknown[] {
  if (id === undefined) return [];
  return (
    stored.get(id) ??
    refuse(`Previous response with id '${id}' not found.`, 'previous_response_id', 'previous_response_not_found')
  );
}

function store({ stored }: Session, id: string, items: readonly unknown[]): void {
  stored.set(id, items);
  const [oldest] = stored.keys();
  if (stored.size > MAX_STORED && oldest !== undefined) stored.delete(oldest);
}

import { composeAnswer, deltasOf } from '../compose.js';
import { asRecord, type JsonRecord } from '../json.js';
import { replyWith, streamedAnswer, wholeAnswer } from '../outcome.js';
import { tokensOf } from '../prompt-cache.js';
import { type Outcome, Refusal, type Session, type Vendor, type VendorRequest } from '../vendor.js';
import { checkRequest } from './check.js';
import { anthropicError, anthropicReply, refuse, required } from './errors.js';
import { event, type PrintOptions, printStream, printWhole, type Tokens } from './print.js';
import { type AnthropicPrompt, readPrompt } from './read.js';

/** Anthropic Messages, as Anthropic serves it. */
export const anthropicMessages: Vendor = {
  defaultModel: 'claude-sonnet-4-5-20250929',
  basePath: '',
  handle(request, session) {
    authenticate(request, session);
    const { method, path } = request;
    if (method === 'POST' && path === '/v1/messages') return answer(request, session);
    if (method === 'POST' && path === '/v1/messages/count_tokens') return count(request, session);
    if (method === 'GET' && path === '/v1/models') return listModels(session);
    if (method === 'GET' && path.startsWith('/v1/models/')) {
      const model = decodeURIComponent(path.slice('/v1/models/'.length));
      checkModel(model, session);
      return replyWith(printModel(model));
    }
    throw new Refusal(anthropicError(404, 'not_found_error', 'Not found'));
  },
  error: anthropicReply,
  openStream(text) {
    const message = {
      id: 'msg_simulated',
      type: 'message',
      role: 'assistant',
      model: 'simulated',
      content: [],
      stop_reason: null,
      stop_sequence: null,
    };
    const usage = { input_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
    return [
      event('message_start', { message: { ...message, usage } }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...deltasOf(text).map((piece) =>
        event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }),
      ),
    ].map((frame) => frame.text);
  },
  streamError: () => event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }).text,
};

function authenticate({ headers }: VendorRequest, { apiKey, isStrict }: Session): void {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'] ?? bearer;
  if (key === undefined) throw new Refusal(anthropicError(401, 'authentication_error', 'x-api-key header is required'));
  if (apiKey !== undefined && key !== apiKey) {
    const words = headers['x-api-key'] === undefined ? 'Invalid bearer token' : 'invalid x-api-key';
    throw new Refusal(anthropicError(401, 'authentication_error', words));
  }
  if (isStrict && headers['anthropic-version'] === undefined) refuse('anthropic-version: header is required');
}

function readBody(
  { body, headers }: VendorRequest,
  session: Session,
  isCount: boolean,
): JsonRecord & { readonly model: string } {
  const record = asRecord(body);
  if (record === undefined) return refuse('The request body is not valid JSON.');
  const { model } = record;
  if (model === undefined) return required('model');
  if (typeof model !== 'string') return refuse('model: Input should be a valid string');
  if (session.isStrict) checkRequest(record, headers, isCount);
  checkModel(model, session);
  return { ...record, model };
}

function checkModel(model: string, { models }: Session): void {
  if (!models.includes(model)) throw new Refusal(anthropicReply('model-missing', { model }));
}

function answer(request: VendorRequest, session: Session): Outcome {
  const body = readBody(request, session, false);
  const prompt = readPrompt(body);
  const composed = composeAnswer(session.kind, prompt);
  const options: PrintOptions = {
    answer: composed,
    model: body.model,
    tokens: countTokens(prompt, session),
    isRedacted: prompt.isRedacted,
    session,
  };
  const headers = { 'request-id': session.newId('req_011C', 20) };
  if (body['stream'] !== true) return wholeAnswer(composed, printWhole(options), headers);
  return streamedAnswer(composed, printStream(options), headers);
}

/** Nothing is cached unless the request marks it; what is marked and not read is written. */
function countTokens({ transcript, cachePrefix }: AnthropicPrompt, { cache }: Session): Tokens {
  const all = tokensOf(transcript);
  if (cachePrefix === undefined) return { input: all, cacheRead: 0, cacheWrite: 0 };
  const marked = tokensOf(cachePrefix);
  const cacheRead = Math.min(marked, cache.reuse(cachePrefix));
  return { input: all - marked, cacheRead, cacheWrite: marked - cacheRead };
}

function count(request: VendorRequest, session: Session): Outcome {
  const { transcript } = readPrompt(readBody(request, session, true));
  return replyWith({ input_tokens: tokensOf(transcript) });
}

function listModels({ models }: Session): Outcome {
  return replyWith({
    data: models.map(printModel),
    has_more: false,
    first_id: models[0] ?? null,
    last_id: models.at(-1) ?? null,
  });
}

const printModel = (id: string): JsonRecord => ({
  type: 'model',
  id,
  display_name: id,
  created_at: '2025-09-29T00:00:00Z',
  deprecated_at: null,
  retires_at: null,
  lifecycle: 'active',
  line: null,
  capabilities: null,
  max_input_tokens: 200_000,
  max_tokens: 64_000,
});

import { composeAnswer, deltasOf } from '../compose.js';
import { asRecord } from '../json.js';
import { authenticate, handleCommon, noRoute, readBody } from '../openai/endpoints.js';
import { openAiReply } from '../openai/errors.js';
import { streamedAnswer, wholeAnswer } from '../outcome.js';
import { tokensOf } from '../prompt-cache.js';
import type { Outcome, Session, Vendor, VendorRequest } from '../vendor.js';
import { checkRequest } from './check.js';
import { frame, type PrintOptions, printStream, printWhole } from './print.js';
import { readPrompt } from './read.js';

/** OpenAI Chat Completions, as OpenAI serves it; with `reasoning_content`, as compatible hosts have it. */
export const openAiChat: Vendor = {
  defaultModel: 'simulated-chat',
  basePath: '/v1',
  handle(request, session) {
    authenticate(request, session);
    const { method, path } = request;
    if (method === 'POST' && path === '/v1/chat/completions') return complete(request, session);
    return handleCommon(request, session) ?? noRoute(request);
  },
  error: (name, options) => openAiReply(name, options, 'messages'),
  openStream(text) {
    const chunk = (delta: Readonly<Record<string, string>>): string =>
      frame({
        id: 'chatcmpl-simulated',
        object: 'chat.completion.chunk',
        created: 1_750_000_000,
        model: 'simulated',
        choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
      });
    return [chunk({ role: 'assistant', content: '' }), ...deltasOf(text).map((content) => chunk({ content }))];
  },
  streamError: () => frame(asRecord(openAiReply('server', {}, 'messages').body) ?? {}),
};

function complete(request: VendorRequest, session: Session): Outcome {
  const body = readBody(request, session);
  if (session.isStrict) checkRequest(body);
  const prompt = readPrompt(body);
  const answer = composeAnswer(session.kind, prompt);
  const options: PrintOptions = {
    answer,
    model: body.model,
    inputTokens: tokensOf(prompt.transcript),
    cachedTokens: session.cache.reuse(prompt.transcript),
    session,
  };
  const headers = { 'x-request-id': session.newId('req_') };
  if (body['stream'] !== true) return wholeAnswer(answer, printWhole(options), headers);
  const includeUsage = asRecord(body['stream_options'])?.['include_usage'] === true;
  return streamedAnswer(answer, printStream(options, includeUsage), headers);
}

import { composeAnswer, deltasOf } from '../compose.js';
import { asList, asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { replyWith, streamedAnswer, wholeAnswer } from '../outcome.js';
import { tokensOf } from '../prompt-cache.js';
import { type Outcome, Refusal, type Session, type Vendor, type VendorRequest } from '../vendor.js';
import { checkRequest } from './check.js';
import { googleError, googleReply, refuse, violate } from './errors.js';
import { type PrintOptions, printArray, printStream, printWhole } from './print.js';
import { readPrompt } from './read.js';

const VECTOR = [0.25, -0.5, 0.125];

/** Gemini generateContent, as the Gemini API serves it. */
export const geminiGenerate: Vendor = {
  defaultModel: 'gemini-2.5-flash',
  basePath: '',
  handle(request, session) {
    authenticate(request, session);
    const { method, path } = request;
    const [, model, action] = /^\/v1(?:beta)?\/models(?:\/([^:]+))?(?::(\w+))?$/.exec(path) ?? [];
    if (method === 'GET' && path.endsWith('/models')) return replyWith({ models: session.models.map(printModel) });
    if (model === undefined) throw new Refusal(googleError(404, 'Requested entity was not found.'));
    const name = decodeURIComponent(model);
    if (!session.models.includes(name)) throw new Refusal(googleReply('model-missing', { model: name }));
    if (method === 'GET' && action === undefined) return replyWith(printModel(name));
    const body =
      asRecord(request.body) ?? refuse('Invalid JSON payload received. Unexpected end of string. Expected a value.');
    return act(action, { body, model: name, request, session });
  },
  error: googleReply,
  openStream: (text) =>
    deltasOf(text).map((piece) =>
      frame({
        candidates: [{ content: { parts: [{ text: piece }], role: 'model' }, index: 0 }],
        modelVersion: 'simulated',
        responseId: 'simulated',
      }),
    ),
  streamError: () => frame(asRecord(googleReply('overloaded', {}).body) ?? {}),
};

const frame = (chunk: JsonRecord): string => `data: ${JSON.stringify(chunk)}\r\n\r\n`;

function authenticate({ headers, query }: VendorRequest, { apiKey }: Session): void {
  const header = headers['x-goog-api-key'];
  const key = (typeof header === 'string' ? header : undefined) ?? query.get('key') ?? undefined;
  if (key === undefined) {
    throw new Refusal(
      googleError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
      ),
    );
  }
  if (apiKey !== undefined && key !== apiKey) throw new Refusal(googleReply('unauthorized', {}));
}

interface Action {
  readonly body: JsonRecord;
  readonly model: string;
  readonly request: VendorRequest;
  readonly session: Session;
}

function act(name: string | undefined, action: Action): Outcome {
  const { body, model } = action;
  switch (name) {
    case 'generateContent':
    case 'streamGenerateContent':
      return generate(action, name === 'streamGenerateContent');
    case 'countTokens':
      return count(action);
    case 'embedContent':
      return replyWith({ embedding: embed(body) });
    case 'batchEmbedContents':
      return replyWith({ embeddings: recordsIn(body['requests']).map(embed) });
    default:
      throw new Refusal(googleReply('model-missing', { model }));
  }
}

function generate({ body, model, request, session }: Action, isStream: boolean): Outcome {
  if (session.isStrict) checkRequest(body, model);
  const prompt = readPrompt(body, model);
  const answer = composeAnswer(session.kind, prompt);
  const options: PrintOptions = {
    answer,
    model,
    inputTokens: tokensOf(prompt.transcript),
    cachedTokens: session.cache.reuse(prompt.transcript),
    session,
  };
  if (!isStream) return wholeAnswer(answer, printWhole(options));
  if (request.query.get('alt') === 'sse') {
    return streamedAnswer(answer, printStream(options), { 'content-type': 'text/event-stream' });
  }
  return streamedAnswer(answer, printArray(options), { 'content-type': 'application/json; charset=UTF-8' });
}

/** Takes the contents alone, or a whole request in `generateContentRequest`. */
function count({ body, model, session }: Action): Outcome {
  const wrapped = asRecord(body['generateContentRequest'] ?? body['generate_content_request']);
  const request = wrapped ?? body;
  if (session.isStrict) {
    if (wrapped === undefined) {
      const unknown = Object.keys(body).find((name) => name !== 'contents' && name !== 'model');
      if (unknown !== undefined) refuse(`Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`);
    }
    checkRequest(request, model);
  }
  const totalTokens = tokensOf(readPrompt(request, model).transcript);
  return replyWith({ totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] });
}

function embed(request: JsonRecord): JsonRecord {
  const parts = asList(asRecord(request['content'])?.['parts']);
  if (parts.every((part) => (asText(asRecord(part)?.['text']) ?? '') === '')) violate('content', 'content is empty');
  return { values: VECTOR };
}

const printModel = (id: string): JsonRecord => ({
  name: `models/${id}`,
  version: '001',
  displayName: id,
  description: 'A simulated model',
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent'],
  temperature: 1,
  topP: 0.95,
  topK: 64,
  maxTemperature: 2,
  thinking: true,
});

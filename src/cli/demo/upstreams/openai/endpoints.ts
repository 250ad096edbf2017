import { asList, asRecord, asText, type JsonRecord } from '../json.js';
import { replyWith } from '../outcome.js';
import { tokensOf } from '../prompt-cache.js';
import { type Outcome, Refusal, type Session, type VendorRequest } from '../vendor.js';
import { badType, missing, openAiError, openAiReply, refuse } from './errors.js';

const CREATED = 1_750_000_000;
const VECTOR = [0.25, -0.5, 0.125];

export function authenticate({ headers }: VendorRequest, { apiKey }: Session): void {
  const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) {
    throw new Refusal(
      openAiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      ),
    );
  }
  if (apiKey !== undefined && given !== apiKey) throw new Refusal(openAiReply('unauthorized', {}, 'messages'));
}

/** The request's body, which must be an object with a model that is served. */
export function readBody({ body }: VendorRequest, { models }: Session): JsonRecord & { readonly model: string } {
  const record = asRecord(body);
  if (record === undefined) {
    return refuse('We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.');
  }
  const { model } = record;
  if (model === undefined) return missing('model');
  if (typeof model !== 'string') return badType('model', 'a string', model);
  if (!models.includes(model)) throw new Refusal(openAiReply('model-missing', { model }, 'messages'));
  return { ...record, model };
}

/** What every OpenAI-like host serves besides answers; undefined when the path is none of it. */
export function handleCommon(request: VendorRequest, session: Session): Outcome | undefined {
  const { method, path } = request;
  if (method === 'GET' && path === '/v1/models') {
    return replyWith({ object: 'list', data: session.models.map(printModel) });
  }
  if (method === 'GET' && path.startsWith('/v1/models/')) {
    const model = decodeURIComponent(path.slice('/v1/models/'.length));
    if (!session.models.includes(model)) throw new Refusal(openAiReply('model-missing', { model }, 'messages'));
    return replyWith(printModel(model));
  }
  if (method === 'POST' && path === '/v1/embeddings') return replyWith(embed(readBody(request, session)));
  return undefined;
}

export const noRoute = ({ method, path }: VendorRequest): never => {
  throw new Refusal(openAiError(404, `Invalid URL (${method} ${path})`));
};

const printModel = (id: string) => ({ id, object: 'model', created: CREATED, owned_by: 'simulated' });

function embed({ model, input, encoding_format: format }: JsonRecord): JsonRecord {
  if (input === undefined) return missing('input');
  const texts = typeof input === 'string' ? [input] : asList(input).map((one) => asText(one) ?? '');
  if (texts.length === 0 || texts.some((text) => text === '')) return refuse("'$.input' is invalid.", 'input');
  const embedding = format === 'base64' ? Buffer.from(new Float32Array(VECTOR).buffer).toString('base64') : VECTOR;
  const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
  return {
    object: 'list',
    data: texts.map((_text, index) => ({ object: 'embedding', index, embedding })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

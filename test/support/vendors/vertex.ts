import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { startVendorServer, type VendorServer } from '../oauth/vendor-server.js';
import { startSimulatedUpstream } from '../upstream.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';
import { type GoogleTokenDesk, openGoogleTokenDesk, type TestServiceAccount } from './google.js';

export interface FakeVertex extends Front {
  readonly tokens: VendorServer;
  readonly desk: GoogleTokenDesk;
}

export const EXPRESS_KEY = 'AQ.test-express';
const PROJECT = /^\/v1\/projects\/demo-project\/locations\/us-central1\/publishers\/google\/models\/([^/:]+):(\w+)$/;
const EXPRESS = /^\/v1\/publishers\/google\/models\/([^/:]+):(\w+)$/;

const refusal = (code: number, status: string, message: string): VendorAnswer => ({
  status: code,
  body: { error: { code, message, status } },
});

/** Vertex AI with its token endpoint; refuses what the Gemini API would take. */
export async function startFakeVertex(account: TestServiceAccount, models: readonly string[]): Promise<FakeVertex> {
  const desk = openGoogleTokenDesk(account, Date.now);
  const tokens = await startVendorServer({
    'POST /token': (request) => desk.answer(request.form(), request.headers['user-agent']),
  });
  const upstream = await startSimulatedUpstream({ kind: 'gemini-generate', apiKey: 'inner', models });
  const front = await startFront({
    isInference: ({ method }) => method === 'POST',
    handle(request) {
      const { path, query, headers } = request;
      if (headers['user-agent'] !== USER_AGENT) return refusal(403, 'PERMISSION_DENIED', 'not our User-Agent');
      const express = EXPRESS.exec(path);
      const [, model = '', method = ''] = express ?? PROJECT.exec(path) ?? [];
      if (method === '') return refusal(404, 'NOT_FOUND', `no ${path}`);
      const { authorization, 'x-goog-api-key': key } = headers;
      if (authorization !== undefined && key !== undefined) return refusal(400, 'INVALID_ARGUMENT', 'two credentials');
      const isKnown =
        express === null ? desk.isValid((authorization ?? '').replace('Bearer ', '')) : key === EXPRESS_KEY;
      if (!isKnown) return refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
      if (method === 'predict') return predict(request);
      if (method === 'embedContent') return embedContent(request);
      if (!models.includes(model)) return refusal(404, 'NOT_FOUND', `Publisher Model \`${model}\` was not found`);
      const fault = faultOf(request, method);
      if (fault !== undefined) return refusal(400, 'INVALID_ARGUMENT', fault);
      const search = query.size === 0 ? '' : `?${query}`;
      return {
        url: `${upstream.origin}/v1beta/models/${model}:${method}${search}`,
        headers: { 'x-goog-api-key': 'inner' },
        body: forGemini(request.body, { model, method }),
        // The answers of Vertex have no ids of calls.
        line: withoutCallIds,
      };
    },
  });
  return {
    ...front,
    tokens,
    desk,
    async close() {
      await Promise.all([front.close(), tokens.close(), upstream.close()]);
    },
  };
}

/** The same request as the Gemini API takes it, which stands behind. */
function forGemini(body: JsonObject, { model, method }: { model: string; method: string }): JsonObject {
  const { labels: _labels, ...request } = body;
  return method === 'countTokens' ? { generateContentRequest: { model: `models/${model}`, ...request } } : request;
}

/** Of a stream's frames on one line, and of whole answers that are printed over many. */
const withoutCallIds = (line: string): string =>
  line.replace(/^\s*"id": "[^"]*",?$/, '').replaceAll(/("functionCall":\s*\{)"id":\s*"[^"]*",\s*/g, '$1');

function predict({ body }: SeenRequest): VendorAnswer {
  const { instances } = body;
  if (!Array.isArray(instances)) return refusal(400, 'INVALID_ARGUMENT', 'no instances');
  const embeddings = { values: [0.25, -0.5], statistics: { token_count: 1 } };
  return { status: 200, body: { predictions: instances.map(() => ({ embeddings })) } };
}

function embedContent({ body }: SeenRequest): VendorAnswer {
  const { content, embedContentConfig: _config, ...others } = body;
  if (content === undefined) return refusal(400, 'INVALID_ARGUMENT', 'no content');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return refusal(400, 'INVALID_ARGUMENT', `Unknown name "${unknown}"`);
  return { status: 200, body: { embedding: { values: [0.25, -0.5] }, usageMetadata: { promptTokenCount: 1 } } };
}

const UNKNOWN = ['model', 'stream', 'serviceTier', 'store', 'generateContentRequest'];

/** Vertex counts the whole prompt, and has no room for settings here. */
const COUNTED = ['contents', 'systemInstruction', 'tools'];

function faultOf({ body, query }: SeenRequest, method: string): string | undefined {
  const unknown = UNKNOWN.find((member) => member in body);
  if (unknown !== undefined) return `Unknown name "${unknown}"`;
  if (method === 'streamGenerateContent' && query.get('alt') !== 'sse') return 'a stream without alt=sse';
  if (method === 'countTokens') {
    const other = Object.keys(body).find((member) => !COUNTED.includes(member));
    if (other !== undefined) return `Unknown name "${other}"`;
  }
  const text = JSON.stringify(body['contents'] ?? []);
  if (/"function(Call|Response)":\{[^{}]*"id":/.test(text)) return 'Unknown name "id" at contents.parts.function_call';
  return hasSharing(body) ? 'Unknown name "includeServerSideToolInvocations"' : undefined;
}

const hasSharing = (body: JsonObject): boolean => JSON.stringify(body['toolConfig'] ?? {}).includes('ServerSide');

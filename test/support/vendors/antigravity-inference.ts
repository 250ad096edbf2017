import { issueOpaque } from '../../../src/cli/demo/upstreams/opaque.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../src/daemon/ir/json.js';
import { startSimulatedUpstream } from '../upstream.js';
import { antigravityFaultOf, familyOf } from './antigravity-rules.js';
import type { Forward, SeenRequest, VendorAnswer } from './front.js';

export interface AntigravityInference {
  /** Answers a request that came with a good token. */
  readonly answer: (request: SeenRequest) => VendorAnswer | Forward;
  close(): Promise<void>;
}

const refusal = (code: number, status: string, message: string): VendorAnswer => ({
  status: code,
  body: { error: { code, message, status } },
});

/** What generates behind the service: strict about its own rules, then Gemini behind them, in the service's wrapping. */
export async function startAntigravityInference(models: readonly string[]): Promise<AntigravityInference> {
  const upstream = await startSimulatedUpstream({ kind: 'gemini-generate', apiKey: 'inner', models });
  return {
    close: () => upstream.close(),
    answer(request) {
      const { path, query, body } = request;
      const call = path.slice(path.lastIndexOf(':') + 1);
      const fault = antigravityFaultOf(call, body);
      if (fault !== undefined) return refusal(400, 'INVALID_ARGUMENT', fault);
      const model = call === 'countTokens' ? (models[0] ?? '') : String(body['model']);
      if (!models.includes(model)) return refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
      if (call === 'streamGenerateContent' && query.get('alt') !== 'sse')
        return refusal(400, 'INVALID_ARGUMENT', 'alt');
      const inner = innerRequest(isObject(body['request']) ? body['request'] : {});
      if (body['requestType'] === 'web_search') return searched(inner);
      const isClaude = familyOf(model) === 'claude';
      const search = query.size === 0 ? '' : `?${query}`;
      return {
        url: `${upstream.origin}/v1beta/models/${model}:${call}${search}`,
        headers: { 'x-goog-api-key': 'inner' },
        body: call === 'countTokens' ? { contents: inner['contents'] } : inner,
        ...(call === 'countTokens' ? {} : { line: openWrapping(isClaude) }),
      };
    },
  };
}

/** The public API knows no sessions, and other vendors' signatures even less. */
function innerRequest({ sessionId: _session, tools, toolConfig, contents, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    contents: listOf(contents).map((content) => ({
      ...content,
      parts: listOf(content['parts']).flatMap(withoutClaudes),
    })),
    ...(tools === undefined ? {} : { tools, ...(toolConfig === undefined ? {} : { toolConfig }) }),
  };
}

const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** Claude signs its thoughts themselves, which Gemini does not; its calls stay unsigned, which Gemini would refuse. */
function withoutClaudes(part: JsonObject): readonly JsonObject[] {
  const { thought, thoughtSignature, functionCall } = part;
  if (thought === true && /^[ERQ]/.test(String(thoughtSignature))) return [];
  const isBare = functionCall !== undefined && thoughtSignature === undefined;
  return [isBare ? { ...part, thoughtSignature: 'skip_thought_signature_validator' } : part];
}

/** Each line of a stream in the service's wrapping; Claude's thoughts end with a signature that is encoded once more. */
function openWrapping(isClaude: boolean): (line: string) => string {
  let isThinking = false;
  return (line) => {
    const value = line.startsWith('data:') ? parseJson(line.slice('data:'.length)) : undefined;
    if (!isObject(value)) return line;
    const chunk = isClaude ? claudeChunk(value) : value;
    const wrapped = (response: JsonObject): string => `data: ${JSON.stringify({ response, traceId: 'a"}{1' })}`;
    const endsThinking = isClaude && isThinking && !isThought(value);
    isThinking = isThought(value);
    return endsThinking ? `${wrapped(signatureChunk())}\n\n${wrapped(chunk)}` : wrapped(chunk);
  };
}

const partsIn = ({ candidates }: JsonObject): readonly JsonObject[] => {
  const [first] = listOf(candidates);
  return isObject(first?.['content']) ? listOf(first['content']['parts']) : [];
};
const isThought = (chunk: JsonObject): boolean => partsIn(chunk).some(({ thought }) => thought === true);

function signatureChunk(): JsonObject {
  const thoughtSignature = Buffer.from(issueOpaque('anthropic', 'thinking'), 'latin1').toString('base64');
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text: '', thought: true, thoughtSignature }] } }],
  };
}

function claudeChunk(chunk: JsonObject): JsonObject {
  const [first] = listOf(chunk['candidates']);
  if (first === undefined || !isObject(first['content'])) return chunk;
  const parts = partsIn(chunk).map(({ thoughtSignature: _signature, ...part }) => part);
  return { ...chunk, candidates: [{ ...first, content: { ...first['content'], parts } }] };
}

/** Two sites, and a sentence from each; where they stand is told at the end. */
function searched(request: JsonObject): VendorAnswer {
  const asked = partsIn({ candidates: [{ content: listOf(request['contents'])[0] ?? {} }] })[0]?.['text'];
  const words = ['Mild, says one. ', 'Wet – says the other.'];
  const segment = (text: string, startIndex: number) => ({
    segment: { startIndex, endIndex: startIndex + Buffer.byteLength(text), text },
  });
  const frames = [
    ...words.map((text) => ({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }] })),
    {
      candidates: [
        {
          index: 0,
          content: { role: 'model', parts: [{ text: '' }] },
          finishReason: 'STOP',
          groundingMetadata: {
            webSearchQueries: [asked],
            groundingChunks: [
              { web: { uri: 'https://one.example/', title: 'One' } },
              { web: { uri: 'https://two.example/', title: 'Two' } },
            ],
            groundingSupports: [
              { ...segment(words[0] ?? '', 0), groundingChunkIndices: [0] },
              { ...segment(words[1] ?? '', Buffer.byteLength(words[0] ?? '')), groundingChunkIndices: [1] },
            ],
          },
        },
      ],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 9, totalTokenCount: 16 },
      responseId: 'search-1',
    },
  ];
  const text = frames.map((response) => `data: ${JSON.stringify({ response })}\n\n`).join('');
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: text };
}

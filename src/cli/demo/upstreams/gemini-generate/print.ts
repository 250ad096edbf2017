import { type Answer, deltasOf, THOUGHT } from '../compose.js';
import type { JsonRecord } from '../json.js';
import { issueOpaque } from '../opaque.js';
import type { Frame, Session } from '../vendor.js';
import { THOUGHT_SIGNATURE } from './check-contents.js';

export interface PrintOptions {
  readonly answer: Answer;
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly session: Session;
}

const FINISH = { stop: 'STOP', length: 'MAX_TOKENS', 'tool-calls': 'STOP' } as const;

/** The whole answer as one response. */
export function printWhole(options: PrintOptions): JsonRecord {
  const parts = [...thoughtsOf(options, [THOUGHT]), ...textsOf(options, [options.answer.text]), ...callsOf(options)];
  return {
    candidates: [{ ...content(parts), finishReason: FINISH[options.answer.finish], index: 0 }],
    ...tailOf(options, options.session.newId('')),
  };
}

/** The same as a row of responses, the last with the reason of the end. */
export function* printStream(options: PrintOptions): Generator<Frame> {
  for (const chunk of chunksOf(options)) yield { text: `data: ${JSON.stringify(chunk)}\r\n\r\n`, isDelta: true };
}

/** The same as one JSON array, which is what a stream is without `alt=sse`. */
export function* printArray(options: PrintOptions): Generator<Frame> {
  let lead = '[';
  for (const chunk of chunksOf(options)) {
    yield { text: `${lead}${JSON.stringify(chunk, undefined, 2)}\n`, isDelta: true };
    lead = ',\r\n';
  }
  yield { text: ']', isDelta: false };
}

function* chunksOf(options: PrintOptions): Generator<JsonRecord> {
  const { answer } = options;
  const id = options.session.newId('');
  const pieces = [
    ...thoughtsOf(options, deltasOf(THOUGHT)),
    ...textsOf(options, deltasOf(answer.text)),
    ...callsOf(options),
  ];
  // Something has to carry the reason of the end.
  const parts = pieces.length === 0 ? [{ text: '' }] : pieces;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    yield {
      candidates: [{ ...content([part]), ...(isLast ? { finishReason: FINISH[answer.finish] } : {}), index: 0 }],
      ...tailOf(options, id),
    };
  }
}

const content = (parts: readonly JsonRecord[]): JsonRecord =>
  parts.length === 0 ? { content: { role: 'model' } } : { content: { parts, role: 'model' } };

const thoughtsOf = ({ answer }: PrintOptions, texts: readonly string[]): readonly JsonRecord[] =>
  answer.thinking === 'shown' ? texts.map((text) => ({ text, thought: true })) : [];

/** Without a call to sign, the last text carries the signature. */
function textsOf({ answer }: PrintOptions, texts: readonly string[]): readonly JsonRecord[] {
  const signs = answer.thinking !== 'off' && answer.calls.length === 0;
  return texts
    .filter((text) => text !== '')
    .map((text, index, all) => ({ text, ...(signs && index === all.length - 1 ? signature() : {}) }));
}

/** Of parallel calls only the first is signed. */
const callsOf = ({ answer, session }: PrintOptions): readonly JsonRecord[] =>
  answer.calls.map(({ tool, args }, index) => ({
    functionCall: { id: session.newId('', 8), name: tool.name, args },
    ...(answer.thinking !== 'off' && index === 0 ? signature() : {}),
  }));

const signature = (): JsonRecord => ({ thoughtSignature: issueOpaque('gemini', THOUGHT_SIGNATURE) });

function tailOf({ answer, model, inputTokens, cachedTokens }: PrintOptions, id: string): JsonRecord {
  const shown = answer.outputTokens - answer.reasoningTokens;
  return {
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: shown,
      totalTokenCount: inputTokens + answer.outputTokens,
      ...(cachedTokens === 0 ? {} : { cachedContentTokenCount: cachedTokens }),
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
      ...(answer.thinking === 'off' ? {} : { thoughtsTokenCount: answer.reasoningTokens }),
    },
    modelVersion: model,
    responseId: id,
  };
}

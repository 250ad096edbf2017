import { type Answer, type Call, deltasOf, fragmentsOf, THOUGHT } from '../compose.js';
import type { JsonRecord } from '../json.js';
import type { Frame, Session } from '../vendor.js';

export interface PrintOptions {
  readonly answer: Answer;
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly session: Session;
}

const FINISH = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' } as const;
const FINGERPRINT = 'fp_simulated';

/** The whole answer as one `chat.completion`. */
export function printWhole(options: PrintOptions): JsonRecord {
  const { answer, session } = options;
  return {
    ...head(options, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.text === '' && answer.calls.length > 0 ? null : answer.text,
          refusal: null,
          annotations: [],
          ...(answer.thinking === 'off' ? {} : { reasoning_content: THOUGHT }),
          ...(answer.calls.length === 0
            ? {}
            : { tool_calls: answer.calls.map((call) => printCall(call, session.newId('call_'))) }),
        },
        logprobs: null,
        finish_reason: FINISH[answer.finish],
      },
    ],
    usage: printUsage(options),
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  };
}

/** The same as chunks: role, reasoning, text, calls, finish, usage when asked for, `[DONE]`. */
export function* printStream(options: PrintOptions, includeUsage: boolean): Generator<Frame> {
  const { answer, session } = options;
  const base = {
    ...head(options, 'chat.completion.chunk'),
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  };
  const usage = includeUsage ? { usage: null } : {};
  const chunk = (delta: JsonRecord, finish: string | null = null, isDelta = true): Frame => ({
    text: frame({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...usage }),
    isDelta,
  });
  yield chunk({ role: 'assistant', content: '', refusal: null }, null, false);
  if (answer.thinking !== 'off') for (const piece of deltasOf(THOUGHT)) yield chunk({ reasoning_content: piece });
  for (const content of deltasOf(answer.text)) yield chunk({ content });
  for (const [index, call] of answer.calls.entries()) {
    const { custom, ...printed } = printCall(call, session.newId('call_'));
    if (custom !== undefined) {
      yield chunk({ tool_calls: [{ index, ...printed, custom }] });
      continue;
    }
    yield chunk({ tool_calls: [{ index, ...printed, function: { name: call.tool.name, arguments: '' } }] });
    for (const piece of fragmentsOf(JSON.stringify(call.args))) {
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  yield chunk({}, FINISH[answer.finish], false);
  if (includeUsage) yield { text: frame({ ...base, choices: [], usage: printUsage(options) }), isDelta: false };
  yield { text: 'data: [DONE]\n\n', isDelta: false };
}

export const frame = (chunk: JsonRecord): string => `data: ${JSON.stringify(chunk)}\n\n`;

function head({ model, session }: PrintOptions, object: string): JsonRecord {
  return { id: session.newId('chatcmpl-'), object, created: Math.floor(session.now() / 1000), model };
}

function printCall({ tool, args }: Call, id: string): JsonRecord {
  if (tool.isCustom === true) return { id, type: 'custom', custom: { name: tool.name, input: args['input'] } };
  return { id, type: 'function', function: { name: tool.name, arguments: JSON.stringify(args) } };
}

function printUsage({ answer, inputTokens, cachedTokens }: PrintOptions): JsonRecord {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: answer.outputTokens,
    total_tokens: inputTokens + answer.outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: answer.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

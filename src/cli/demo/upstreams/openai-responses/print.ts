import { type Answer, deltasOf, fragmentsOf } from '../compose.js';
import { asRecord, type JsonRecord } from '../json.js';
import type { Frame } from '../vendor.js';
import { type OutputItem, printItem, printStarted, printText } from './items.js';

export interface PrintOptions {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly body: JsonRecord & { readonly model: string };
  readonly answer: Answer;
  readonly items: readonly OutputItem[];
  readonly inputTokens: number;
  readonly cachedTokens: number;
}

/** The whole answer as one `response`. */
export function printWhole(options: PrintOptions): JsonRecord {
  const { answer, items, createdAt } = options;
  const isCut = answer.finish === 'length';
  return printResponse(options, {
    status: isCut ? 'incomplete' : 'completed',
    completed_at: isCut ? null : createdAt,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: items.map((item, index) =>
      printItem(item, isCut && index === items.length - 1 ? 'incomplete' : 'completed'),
    ),
    usage: printUsage(options),
  });
}

/** The same as events, numbered from 0. */
export function* printStream(options: PrintOptions): Generator<Frame> {
  const { answer, items } = options;
  let sequence = 0;
  const event = (type: string, fields: JsonRecord, isDelta = false): Frame => {
    const text = frame(type, { ...fields, sequence_number: sequence });
    sequence += 1;
    return { text, isDelta };
  };
  const running = printResponse(options, { status: 'in_progress', output: [], usage: null });
  yield event('response.created', { response: running });
  yield event('response.in_progress', { response: running });
  const whole = printWhole(options);
  const printed = Array.isArray(whole['output']) ? whole['output'] : [];
  for (const [index, item] of items.entries()) {
    yield event('response.output_item.added', { output_index: index, item: printStarted(item) });
    for (const { type, fields, isDelta } of eventsOf(item)) {
      yield event(type, { item_id: item.id, output_index: index, ...fields }, isDelta);
    }
    yield event('response.output_item.done', { output_index: index, item: printed[index] });
  }
  yield event(answer.finish === 'length' ? 'response.incomplete' : 'response.completed', { response: whole });
}

interface ItemEvent {
  readonly type: string;
  readonly fields: JsonRecord;
  readonly isDelta?: boolean;
}

function* eventsOf(item: OutputItem): Generator<ItemEvent> {
  switch (item.type) {
    case 'reasoning': {
      if (item.text === '') return;
      const summary = { summary_index: 0 };
      const part = { type: 'summary_text', text: item.text };
      yield { type: 'response.reasoning_summary_part.added', fields: { ...summary, part: { ...part, text: '' } } };
      for (const delta of deltasOf(item.text)) {
        yield {
          type: 'response.reasoning_summary_text.delta',
          fields: { ...summary, delta, obfuscation: 'x' },
          isDelta: true,
        };
      }
      yield { type: 'response.reasoning_summary_text.done', fields: { ...summary, text: item.text } };
      yield { type: 'response.reasoning_summary_part.done', fields: { ...summary, part } };
      return;
    }
    case 'message': {
      const content = { content_index: 0 };
      yield { type: 'response.content_part.added', fields: { ...content, part: printText('') } };
      for (const delta of deltasOf(item.text)) {
        yield {
          type: 'response.output_text.delta',
          fields: { ...content, delta, logprobs: [], obfuscation: 'x' },
          isDelta: true,
        };
      }
      yield { type: 'response.output_text.done', fields: { ...content, text: item.text, logprobs: [] } };
      yield { type: 'response.content_part.done', fields: { ...content, part: printText(item.text) } };
      return;
    }
    case 'call': {
      const { tool, args } = item.call;
      const isCustom = tool.isCustom === true;
      const text = isCustom ? String(args['input']) : JSON.stringify(args);
      const name = isCustom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
      for (const delta of fragmentsOf(text)) {
        yield { type: `${name}.delta`, fields: { delta, obfuscation: 'x' }, isDelta: true };
      }
      yield { type: `${name}.done`, fields: isCustom ? { input: text } : { name: tool.name, arguments: text } };
      return;
    }
    default: {
      const never: never = item;
      return never;
    }
  }
}

export const frame = (type: string, fields: JsonRecord): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** A `response` object; it repeats the settings of the request. */
function printResponse({ id, createdAt, body, answer }: PrintOptions, fields: JsonRecord): JsonRecord {
  const reasoning = asRecord(body['reasoning']);
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: null,
    model: body.model,
    output: [],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: reasoning?.['effort'] ?? null, summary: answer.thinking === 'shown' ? 'detailed' : null },
    safety_identifier: null,
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...asRecord(body['text']) },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: 0,
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: body['metadata'] ?? {},
    ...fields,
  };
}

function printUsage({ answer, inputTokens, cachedTokens }: PrintOptions): JsonRecord {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
    output_tokens: answer.outputTokens,
    output_tokens_details: { reasoning_tokens: answer.reasoningTokens },
    total_tokens: inputTokens + answer.outputTokens,
  };
}

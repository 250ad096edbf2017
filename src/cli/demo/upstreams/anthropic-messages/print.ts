import { type Answer, deltasOf, fragmentsOf, THOUGHT } from '../compose.js';
import { asText, type JsonRecord } from '../json.js';
import { issueOpaque } from '../opaque.js';
import type { Frame, Session } from '../vendor.js';
import { REDACTED } from './check-blocks.js';

export interface Tokens {
  /** Neither read from the cache nor written to it. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface PrintOptions {
  readonly answer: Answer;
  readonly model: string;
  readonly tokens: Tokens;
  readonly isRedacted: boolean;
  readonly session: Session;
}

const STOP = { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use' } as const;

/** The whole answer as one `message`. */
export function printWhole(options: PrintOptions): JsonRecord {
  const { answer } = options;
  return {
    ...printHead(options),
    content: blocksFor(options),
    stop_reason: STOP[answer.finish],
    usage: printUsage(options, answer.outputTokens),
  };
}

/** The same as events: message, one block after the other, message end. */
export function* printStream(options: PrintOptions): Generator<Frame> {
  const { answer, tokens } = options;
  yield event('message_start', { message: { ...printHead(options), content: [], usage: printUsage(options, 1) } });
  yield event('ping', {});
  for (const [index, block] of blocksFor(options).entries()) {
    yield event('content_block_start', { index, content_block: started(block) });
    for (const delta of deltasFor(block)) yield event('content_block_delta', { index, delta }, true);
    yield event('content_block_stop', { index });
  }
  yield event('message_delta', {
    delta: { stop_reason: STOP[answer.finish], stop_sequence: null, stop_details: null, container: null },
    usage: {
      input_tokens: tokens.input,
      cache_creation_input_tokens: tokens.cacheWrite,
      cache_read_input_tokens: tokens.cacheRead,
      output_tokens: answer.outputTokens,
      output_tokens_details: printThinkingTokens(answer),
      server_tool_use: null,
    },
  });
  yield event('message_stop', {});
}

export function event(type: string, fields: JsonRecord, isDelta = false): Frame {
  return { text: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, isDelta };
}

function printHead({ model, session }: PrintOptions): JsonRecord {
  return {
    id: session.newId('msg_01', 22),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
  };
}

function blocksFor({ answer, isRedacted, session }: PrintOptions): readonly JsonRecord[] {
  const { thinking, text, calls } = answer;
  const thought = thinking === 'shown' ? THOUGHT : '';
  return [
    ...(thinking === 'off'
      ? []
      : isRedacted
        ? [{ type: 'redacted_thinking', data: issueOpaque('anthropic', REDACTED) }]
        : [{ type: 'thinking', thinking: thought, signature: issueOpaque('anthropic', thought) }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...calls.map(({ tool, args }) => ({
      type: 'tool_use',
      id: session.newId('toolu_01', 22),
      name: tool.name,
      input: args,
      caller: { type: 'direct' },
    })),
  ];
}

function started(block: JsonRecord): JsonRecord {
  switch (block['type']) {
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'text':
      return { ...block, text: '' };
    case 'tool_use':
      return { ...block, input: {} };
    default:
      return block;
  }
}

function deltasFor(block: JsonRecord): readonly JsonRecord[] {
  switch (block['type']) {
    case 'thinking':
      return [
        ...deltasOf(asText(block['thinking']) ?? '').map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block['signature'] },
      ];
    case 'text':
      return deltasOf(asText(block['text']) ?? '').map((text) => ({ type: 'text_delta', text }));
    case 'tool_use':
      // The first fragment is empty on the wire too.
      return ['', ...fragmentsOf(JSON.stringify(block['input']))].map((partial) => ({
        type: 'input_json_delta',
        partial_json: partial,
      }));
    default:
      return [];
  }
}

const printThinkingTokens = ({ thinking, reasoningTokens }: Answer): JsonRecord | null =>
  thinking === 'off' ? null : { thinking_tokens: reasoningTokens };

function printUsage({ tokens, answer }: PrintOptions, outputTokens: number): JsonRecord {
  return {
    input_tokens: tokens.input,
    cache_creation_input_tokens: tokens.cacheWrite,
    cache_read_input_tokens: tokens.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: tokens.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: printThinkingTokens(answer),
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: 'not_available',
    speed: null,
  };
}

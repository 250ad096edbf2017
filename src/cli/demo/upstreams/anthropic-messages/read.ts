import { type DeclaredTool, type Prompt, withoutReminders } from '../compose.js';
import { asList, asRecord, asText, isRecord, type JsonRecord, recordsIn } from '../json.js';
import { decodeBase64, type Media, nameMedia } from '../media.js';
import { blocksOf, isMarked } from './check-cache-control.js';

/** A prompt with this in it is answered with thinking that is redacted (the vendor's own test string begins so). */
const REDACT = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING';

export interface AnthropicPrompt extends Prompt {
  readonly isRedacted: boolean;
  /** The part of the transcript up to the last cache breakpoint; undefined without one. */
  readonly cachePrefix: string | undefined;
}

/** What a checked request asks for. */
export function readPrompt(body: JsonRecord): AnthropicPrompt {
  const messages = recordsIn(body['messages']);
  const last = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
  const blocks = last.filter(({ role }) => role === 'user').flatMap(({ content }) => blocksIn(content));
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => withoutReminders(asText(text) ?? ''));
  const choice = asRecord(body['tool_choice']);
  const format = asRecord(asRecord(body['output_config'])?.['format']);
  const transcript = transcribe(body);
  return {
    lastTexts: texts.filter((text) => text !== ''),
    lastMedia: blocks.flatMap(readMedia),
    results: blocks.filter(({ type }) => type === 'tool_result').map(readResult),
    tools: recordsIn(body['tools']).flatMap(readTool),
    choice: readChoice(choice),
    mayCallInParallel: choice?.['disable_parallel_tool_use'] !== true,
    structure: asRecord(format?.['schema']),
    thinking: readThinking(asRecord(body['thinking'])),
    transcript: transcript.text,
    isRedacted: texts.some((text) => text.includes(REDACT)),
    cachePrefix: transcript.prefix,
  };
}

const blocksIn = (content: unknown): readonly JsonRecord[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : recordsIn(content);

function readMedia(block: JsonRecord): readonly Media[] {
  if (block['type'] !== 'image' && block['type'] !== 'document') return [];
  const source = asRecord(block['source']);
  const mimeType = asText(source?.['media_type']) ?? (block['type'] === 'image' ? 'image/png' : 'application/pdf');
  const data = asText(source?.['data']);
  if (source?.['type'] === 'text') return [{ mimeType, bytes: Buffer.byteLength(data ?? '') }];
  return [{ mimeType, bytes: data === undefined ? undefined : decodeBase64(data)?.bytes }];
}

function readResult({ content, is_error: isError }: JsonRecord): string {
  const text = blocksIn(content)
    .map((block) => asText(block['text']) ?? readMedia(block).map(nameMedia).join(' '))
    .join(' ');
  return isError === true ? `error ${text}` : text;
}

function readTool(tool: JsonRecord): readonly DeclaredTool[] {
  const name = asText(tool['name']);
  return name === undefined || !isRecord(tool['input_schema']) ? [] : [{ name, schema: tool['input_schema'] }];
}

function readChoice(choice: JsonRecord | undefined): Prompt['choice'] {
  switch (choice?.['type']) {
    case 'none':
      return { mode: 'none', names: [] };
    case 'any':
      return { mode: 'required', names: [] };
    case 'tool':
      return { mode: 'required', names: [asText(choice['name']) ?? ''] };
    default:
      return { mode: 'auto', names: [] };
  }
}

function readThinking(thinking: JsonRecord | undefined): Prompt['thinking'] {
  if (thinking === undefined || thinking['type'] === 'disabled') return 'off';
  return thinking['display'] === 'omitted' ? 'hidden' : 'shown';
}

/** The blocks in their order of evaluation, one a line. */
function transcribe(body: JsonRecord): { readonly text: string; readonly prefix: string | undefined } {
  const lines: string[] = [asText(body['model']) ?? ''];
  let marked: number | undefined;
  for (const { block } of blocksOf({ ...body, ...withBlocks(body) })) {
    const { cache_control: _control, source, ...rest } = block;
    lines.push(JSON.stringify(source === undefined ? rest : { ...rest, media: readMedia(block) }));
    if (isMarked(block)) marked = lines.length;
  }
  const text = lines.join('\n');
  // A breakpoint at the top level stands for one after the last block.
  if (isMarked(body)) return { text, prefix: text };
  return { text, prefix: marked === undefined ? undefined : lines.slice(0, marked).join('\n') };
}

function withBlocks(body: JsonRecord): JsonRecord {
  const messages = recordsIn(body['messages']).map((message) => ({
    ...message,
    content: blocksIn(message['content']),
  }));
  const { system } = body;
  return { messages, system: typeof system === 'string' ? blocksIn(system) : asList(system) };
}

import { type DeclaredTool, type Prompt, withoutReminders } from '../compose.js';
import { asList, asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { type Media, nameMedia } from '../media.js';
import { readFileData, readImageUrl } from '../openai/parts.js';
import { typeOf } from './check-input.js';

const ANSWERS: ReadonlySet<string> = new Set(['function_call', 'custom_tool_call', 'reasoning']);

/** The items of `input`; a text is one message. */
export const itemsOf = (input: unknown): readonly unknown[] =>
  typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : asList(input);

/** What a checked request asks for; `given` are all its items, the stored ones included. */
export function readPrompt(body: JsonRecord, given: readonly unknown[]): Prompt {
  const items = recordsIn(given);
  const last = items.slice(items.findLastIndex(isAnswer) + 1);
  const users = last
    .filter((item) => typeOf(item) === 'message' && item['role'] === 'user')
    .flatMap(({ content }) => partsOf(content));
  const reasoning = asRecord(body['reasoning']);
  const effort = asText(reasoning?.['effort']);
  const isShown = asText(reasoning?.['summary']) !== undefined;
  return {
    lastTexts: users
      .flatMap(({ text }) => (text === undefined ? [] : [withoutReminders(text)]))
      .filter((text) => text !== ''),
    lastMedia: users.flatMap(({ media }) => (media === undefined ? [] : [media])),
    results: last.filter((item) => typeOf(item).endsWith('_call_output')).map(({ output }) => resultOf(output)),
    tools: recordsIn(body['tools']).flatMap((tool) => readTool(tool)),
    choice: readChoice(body['tool_choice']),
    mayCallInParallel: body['parallel_tool_calls'] !== false,
    structure: readStructure(asRecord(asRecord(body['text'])?.['format'])),
    thinking:
      reasoning === undefined || effort === 'none' || (effort === undefined && !isShown)
        ? 'off'
        : isShown
          ? 'shown'
          : 'hidden',
    transcript: [
      body['model'],
      body['instructions'] ?? '',
      JSON.stringify(body['tools'] ?? []),
      ...items.map(transcribe),
    ].join('\n'),
  };
}

const isAnswer = (item: JsonRecord): boolean => ANSWERS.has(typeOf(item)) || item['role'] === 'assistant';

interface ReadPart {
  readonly text?: string;
  readonly media?: Media;
}

function partsOf(content: unknown): readonly ReadPart[] {
  if (typeof content === 'string') return [{ text: content }];
  return recordsIn(content).map((part) => {
    const text = asText(part['text']);
    const url = asText(part['image_url']);
    const data = asText(part['file_data']);
    if (text !== undefined) return { text };
    if (url !== undefined) return { media: readImageUrl(url, 'image_url') };
    return data === undefined ? {} : { media: readFileData(data, 'file_data') };
  });
}

const resultOf = (output: unknown): string =>
  partsOf(output)
    .map(({ text, media }) => text ?? (media === undefined ? '' : nameMedia(media)))
    .join(' ');

function readTool(tool: JsonRecord, namespace?: string): readonly DeclaredTool[] {
  const name = asText(tool['name']);
  if (name === undefined) return [];
  const group = namespace === undefined ? {} : { namespace };
  switch (tool['type']) {
    case 'function':
      return [{ name, schema: tool['parameters'], ...group }];
    case 'custom':
      return [{ name, schema: undefined, isCustom: true, ...group }];
    case 'namespace':
      return recordsIn(tool['tools']).flatMap((child) => readTool(child, name));
    default:
      return [];
  }
}

function readChoice(choice: unknown): Prompt['choice'] {
  if (choice === 'none' || choice === 'required') return { mode: choice, names: [] };
  const wanted = asRecord(choice);
  if (wanted === undefined) return { mode: 'auto', names: [] };
  if (wanted['type'] === 'allowed_tools') {
    const names = recordsIn(wanted['tools']).flatMap(({ name }) => asText(name) ?? []);
    return { mode: wanted['mode'] === 'required' ? 'required' : 'auto', names };
  }
  const name = asText(wanted['name']);
  return name === undefined ? { mode: 'auto', names: [] } : { mode: 'required', names: [name] };
}

function readStructure(format: JsonRecord | undefined): JsonRecord | undefined {
  if (format?.['type'] === 'json_object') return {};
  return format?.['type'] === 'json_schema' ? asRecord(format['schema']) : undefined;
}

function transcribe(item: JsonRecord): string {
  const { role, content, output, name, arguments: args, input } = item;
  return [role ?? typeOf(item), resultOf(content ?? output), name, args ?? input]
    .filter((one) => one !== undefined)
    .join(': ');
}

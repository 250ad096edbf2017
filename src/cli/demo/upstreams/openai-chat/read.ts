import { type DeclaredTool, type Prompt, withoutReminders } from '../compose.js';
import { asList, asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { type Media, nameMedia } from '../media.js';
import { readFileData, readImageUrl } from '../openai/parts.js';
import { nameOf } from './check-tools.js';

/** What a checked request asks for. */
export function readPrompt(body: JsonRecord): Prompt {
  const messages = recordsIn(body['messages']);
  const last = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
  const users = last.filter(({ role }) => role === 'user').flatMap(({ content }) => partsOf(content));
  const effort = asText(body['reasoning_effort']);
  return {
    lastTexts: users
      .flatMap(({ text }) => (text === undefined ? [] : [withoutReminders(text)]))
      .filter((text) => text !== ''),
    lastMedia: users.flatMap(({ media }) => media ?? []),
    results: last.filter(({ role }) => role === 'tool').map(({ content }) => resultOf(content)),
    tools: recordsIn(body['tools']).flatMap(readTool),
    choice: readChoice(body['tool_choice']),
    mayCallInParallel: body['parallel_tool_calls'] !== false,
    structure: readStructure(asRecord(body['response_format'])),
    thinking: effort === undefined || effort === 'none' ? 'off' : 'shown',
    transcript: [body['model'], JSON.stringify(body['tools'] ?? []), ...messages.map(transcribe)].join('\n'),
  };
}

interface ReadPart {
  readonly text?: string;
  readonly media?: readonly Media[];
}

function partsOf(content: unknown): readonly ReadPart[] {
  if (typeof content === 'string') return [{ text: content }];
  return recordsIn(content).map((part) => {
    const text = asText(part['text']);
    if (text !== undefined) return { text };
    const url = asText(asRecord(part['image_url'])?.['url']);
    if (url !== undefined) return { media: [readImageUrl(url, 'image_url')] };
    const data = asText(asRecord(part['file'])?.['file_data']);
    return data === undefined ? {} : { media: [readFileData(data, 'file_data')] };
  });
}

const resultOf = (content: unknown): string =>
  partsOf(content)
    .map(({ text, media = [] }) => text ?? media.map(nameMedia).join(' '))
    .join(' ');

function readTool(tool: JsonRecord): readonly DeclaredTool[] {
  const isCustom = tool['type'] === 'custom';
  const schema = asRecord(tool['function'])?.['parameters'];
  return nameOf(tool).map((name) => ({ name, schema, ...(isCustom ? { isCustom } : {}) }));
}

function readChoice(choice: unknown): Prompt['choice'] {
  if (choice === 'none' || choice === 'required') return { mode: choice, names: [] };
  const wanted = asRecord(choice);
  if (wanted === undefined) return { mode: 'auto', names: [] };
  const allowed = asRecord(wanted['allowed_tools']);
  if (allowed === undefined) return { mode: 'required', names: nameOf(wanted) };
  const names = recordsIn(allowed['tools']).flatMap(nameOf);
  return { mode: allowed['mode'] === 'required' ? 'required' : 'auto', names };
}

function readStructure(format: JsonRecord | undefined): JsonRecord | undefined {
  if (format?.['type'] === 'json_object') return {};
  return format?.['type'] === 'json_schema' ? asRecord(asRecord(format['json_schema'])?.['schema']) : undefined;
}

/** Pictures count by their description: their bytes are no tokens. */
const transcribe = (message: JsonRecord): string =>
  `${message['role']}: ${resultOf(message['content'])}${asList(message['tool_calls']).length === 0 ? '' : JSON.stringify(message['tool_calls'])}`;

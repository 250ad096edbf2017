import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { FunctionTool, ModelRequest, Part, Sampling } from '../../src/daemon/ir/request.js';
import { canonicalRequests, type Side } from './sides.js';

/** One thing that a request can say. */
export interface Concept {
  readonly name: string;
  /** The canonical request that says it. */
  readonly request: string;
  /** By dialect, the only member of that request to send along with the smallest one. */
  readonly only?: Readonly<Partial<Record<string, string>>>;
  /** What of it a decoded request holds; `undefined` when nothing. */
  readonly read: (request: ModelRequest) => unknown;
  /** The path that its own warning has, where the request says other things too. */
  readonly warnedAs?: RegExp;
  /** Where it arrives as something else: by upstream dialect (or client and upstream), as what. */
  readonly becomes?: Readonly<Partial<Record<string, string>>>;
}

const partsOf = ({ messages }: ModelRequest): readonly Part[] => messages.flatMap(({ content }) => content);
const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
const words = (parts: readonly Part[]): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
const ofRoles = ({ messages }: ModelRequest, ...roles: readonly string[]): string =>
  messages
    .filter(({ role }) => roles.includes(role))
    .map(({ content }) => words(content))
    .filter((text) => text !== '')
    .join('\n')
    .replace(/\n+/g, '\n');
const functions = ({ tools }: ModelRequest): readonly FunctionTool[] =>
  tools.flatMap((tool) => (tool.kind === 'function' ? [tool] : []));
const calls = (request: ModelRequest) => partsOf(request).flatMap((part) => (part.type === 'tool-call' ? [part] : []));
const results = (request: ModelRequest) =>
  partsOf(request).flatMap((part) => (part.type === 'tool-result' ? [part] : []));
const media = (request: ModelRequest) => partsOf(request).flatMap((part) => (part.type === 'media' ? [part] : []));
const byId = <T extends { readonly callId: string }>(list: readonly T[]): readonly T[] =>
  list.toSorted((a, b) => a.callId.localeCompare(b.callId));
const wordsBefore = ({ messages }: ModelRequest): string | undefined => {
  const at = messages.findLastIndex(({ role }) => role === 'system');
  const before = messages.slice(0, at).filter(({ role }) => role === 'user');
  return at < 1 || before.length === 0 ? undefined : words(messages[at]?.content ?? []);
};

/** A setting that stands in `sampling`, alone in its request. */
const setting = (name: string, key: keyof Sampling, names: readonly (string | undefined)[]): Concept => ({
  name,
  request: 'sampling',
  only: byDialect(names),
  read: ({ sampling }) => sampling[key],
});

const byDialect = ([chat, responses, anthropic, gemini]: readonly (string | undefined)[]): Partial<
  Record<string, string>
> => ({
  ...(chat === undefined ? {} : { 'openai-chat': chat }),
  ...(responses === undefined ? {} : { 'openai-responses': responses }),
  ...(anthropic === undefined ? {} : { 'anthropic-messages': anthropic }),
  ...(gemini === undefined ? {} : { 'gemini-generate': gemini }),
});

const REMINDER = 'a `<system-reminder>` in the user turn';
const HOISTED = 'moved into the system prompt';

export const CONCEPTS: readonly Concept[] = [
  { name: 'words of both sides', request: 'text', read: (request) => ofRoles(request, 'user', 'assistant') },
  {
    name: 'system prompt',
    request: 'system',
    read: ({ messages }) => words(messages[0]?.content ?? []).split('\n')[0],
  },
  {
    name: 'system text in mid-conversation',
    request: 'system',
    read: wordsBefore,
    becomes: {
      'anthropic-messages': HOISTED,
      'gemini-generate': HOISTED,
      'anthropic-messages>openai-chat': REMINDER,
      'anthropic-messages>openai-responses': REMINDER,
      'anthropic-messages>gemini-generate': REMINDER,
      'openai-chat>openai-responses': 'kept, its parts joined',
    },
  },
  {
    name: 'prompt-cache breakpoints',
    request: 'system',
    warnedAs: /cache/,
    read: (request) => some(partsOf(request).flatMap(({ cache }) => cache ?? [])),
  },
  {
    name: 'functions: names, descriptions',
    request: 'tools',
    read: (request) => functions(request).map(({ name, description }) => [name, description]),
  },
  {
    name: 'functions: schemas',
    request: 'tools',
    read: (request) => functions(request)[0]?.schema,
    becomes: { 'gemini-generate': "in Google's subset, the rest as words in `description`" },
  },
  {
    name: 'functions: `strict`',
    request: 'tools',
    warnedAs: /strict/,
    read: (request) => functions(request)[0]?.strict || undefined,
    becomes: { 'gemini-generate': '`VALIDATED`, or `ANY` where a call is required' },
  },
  { name: 'a call is required', request: 'tools', read: ({ toolChoice }) => toolChoice?.mode },
  {
    name: 'one function is required',
    request: 'tool-choice',
    read: ({ toolChoice }) =>
      toolChoice?.mode === 'named'
        ? [toolChoice.name]
        : toolChoice?.mode === 'required'
          ? toolChoice.allowed
          : undefined,
  },
  {
    name: 'one call at a time',
    request: 'tools',
    warnedAs: /parallel/,
    read: ({ parallelToolCalls }) => (parallelToolCalls === false ? true : undefined),
  },
  {
    name: 'calls in the history',
    request: 'tools',
    read: (request) => calls(request).map(({ id, name, input }) => [id, name, input === '' ? '{}' : input]),
  },
  {
    name: 'their results',
    request: 'tools',
    read: (request) => byId(results(request)).map(({ callId, content }) => [callId, words(content)]),
  },
  {
    name: 'images in results',
    request: 'tools',
    read: (request) =>
      some(
        results(request).flatMap(({ content }) =>
          content.flatMap((part) => (part.type === 'media' ? [part.source] : [])),
        ),
      ),
  },
  {
    name: 'a result that is an error',
    request: 'tool-error',
    read: (request) => results(request).map(({ isError, content }) => [isError ?? false, words(content)]),
    becomes: { 'openai-chat': '`Error: ` before its text', 'openai-responses': '`Error: ` before its text' },
  },
  {
    name: 'free-form tools',
    request: 'custom-tool',
    read: ({ tools }) => tools.map(({ kind }) => kind),
    becomes: {
      'openai-chat': 'a function with one `input`, unwrapped in the answer',
      'anthropic-messages': 'a function with one `input`, unwrapped in the answer',
      'gemini-generate': 'a function with one `input`, unwrapped in the answer',
    },
  },
  {
    name: 'web search',
    request: 'web-search',
    warnedAs: /tools/,
    read: ({ tools }) => some(tools.flatMap((tool) => (tool.kind === 'hosted' ? [tool.capability] : []))),
  },
  {
    name: 'web search: allowed domains',
    request: 'web-search',
    read: ({ tools }) => tools.flatMap((tool) => (tool.kind === 'hosted' ? (tool.allowedDomains ?? []) : []))[0],
  },
  { name: 'other hosted tools', request: 'hosted', read: ({ tools }) => some(tools.map(({ kind }) => kind)) },
  {
    name: 'answer as JSON',
    request: 'json',
    read: ({ output }) => output?.type,
    becomes: { 'anthropic-messages': 'a sentence in the system prompt' },
  },
  {
    name: 'answer by a schema',
    request: 'structured',
    read: ({ output }) => (output?.type === 'json-schema' ? output.schema : undefined),
  },
  {
    name: 'the schema is strict',
    request: 'structured',
    read: ({ output }) => (output?.type === 'json-schema' ? output.strict || undefined : undefined),
    becomes: { 'anthropic-messages': 'always so there', 'gemini-generate': 'always so there' },
  },
  {
    name: 'name of the schema',
    request: 'structured',
    read: ({ output }) => (output?.type === 'json-schema' ? output.name : undefined),
  },
  {
    name: 'how much to think',
    request: 'thinking',
    read: ({ reasoning }) =>
      reasoning === undefined ? undefined : [reasoning.mode, reasoning.effort ?? reasoning.budgetTokens],
    becomes: {
      'openai-chat': 'the level of the budget',
      'openai-responses': 'the level of the budget',
      'anthropic-messages': 'the budget of the level, or the level where the model has one',
    },
  },
  {
    name: 'thinking in the history',
    request: 'thinking',
    warnedAs: /messages|input|contents/,
    read: (request) => some(partsOf(request).flatMap((part) => (part.type === 'reasoning' ? [part.text] : []))),
  },
  setting('limit of the answer', 'maxOutputTokens', [
    'max_completion_tokens',
    'max_output_tokens',
    'max_tokens',
    'maxOutputTokens',
  ]),
  setting('temperature', 'temperature', ['temperature', 'temperature', 'temperature', 'temperature']),
  setting('top_p', 'topP', ['top_p', 'top_p', undefined, 'topP']),
  setting('top_k', 'topK', ['top_k', undefined, 'top_k', 'topK']),
  setting('seed', 'seed', ['seed', undefined, undefined, 'seed']),
  setting('stop sequences', 'stop', ['stop', undefined, 'stop_sequences', 'stopSequences']),
  setting('presence penalty', 'presencePenalty', ['presence_penalty', undefined, undefined, 'presencePenalty']),
  setting('frequency penalty', 'frequencyPenalty', ['frequency_penalty', undefined, undefined, 'frequencyPenalty']),
  {
    name: 'several answers',
    request: 'several-answers',
    read: ({ sampling }) => sampling.candidates,
  },
  { name: 'user id', request: 'sampling', only: byDialect(['user', 'user', 'metadata']), read: ({ userId }) => userId },
  {
    name: 'metadata',
    request: 'sampling',
    only: byDialect(['metadata', 'metadata']),
    read: ({ metadata }) => metadata,
  },
  {
    name: 'service tier',
    request: 'sampling',
    only: byDialect(['service_tier', 'service_tier', 'service_tier']),
    read: ({ serviceTier }) => serviceTier,
  },
  {
    name: 'cache key',
    request: 'sampling',
    only: byDialect(['prompt_cache_key', 'prompt_cache_key']),
    read: ({ cacheKey }) => cacheKey,
  },
  { name: 'image', request: 'image', read: (request) => some(media(request).map(({ source }) => source)) },
  { name: 'image: `detail`', request: 'image', read: (request) => media(request)[0]?.detail },
  { name: 'image by link', request: 'image-link', read: (request) => some(media(request).map(({ source }) => source)) },
  { name: 'PDF', request: 'pdf', read: (request) => some(media(request).map(({ source }) => source)) },
  { name: 'PDF: file name', request: 'pdf', read: (request) => media(request)[0]?.filename },
  { name: 'audio', request: 'audio', read: (request) => some(media(request).map(({ source }) => source)) },
  { name: 'file by id', request: 'file-id', read: (request) => some(media(request).map(({ source }) => source)) },
  {
    name: 'prefilled answer',
    request: 'prefill',
    read: ({ messages }) => {
      const last = messages.at(-1);
      return [last?.role, words(last?.content ?? []).trim()];
    },
    becomes: { 'gemini-generate': '`Continue from: …` in the user turn' },
  },
  {
    name: 'stored conversation (`previous_response_id`)',
    request: 'stored',
    read: ({ ext }) => ext?.['openai-responses']?.['previous_response_id'],
  },
];

/** The body with which a client says it; `undefined` where its dialect has no words for it. */
export function bodyFor({ request, only }: Concept, client: Side): JsonObject | undefined {
  const { text, [request]: body } = canonicalRequests(client);
  const member = only?.[client.id];
  if (body === undefined || only === undefined) return body;
  if (member === undefined) return undefined;
  const { generationConfig } = body;
  const value = client.id === 'gemini-generate' ? Object(generationConfig)[member] : body[member];
  return client.id === 'gemini-generate'
    ? { ...text, generationConfig: { [member]: value } }
    : { ...text, [member]: value };
}

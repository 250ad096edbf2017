import type Anthropic from '@anthropic-ai/sdk';
import type * as Google from '@google/genai';
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../src/daemon/ir/error.js';
import type { JsonObject, JsonValue } from '../../../src/daemon/ir/json.js';
import { SIDES, type Side, sideOf, smallestRequest, translate } from '../../support/sides.js';

// What the vendors' own SDKs let a client say. `satisfies` makes the compiler complain when an SDK learns something new.

type Samples<T> = Readonly<Record<Exclude<keyof T, 'model' | 'stream'>, JsonValue>>;

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

const CHAT = {
  messages: [{ role: 'user', content: 'else' }],
  audio: { voice: 'alloy', format: 'wav' },
  frequency_penalty: 0.5,
  function_call: 'auto',
  functions: [{ name: 'f', parameters: schema }],
  logit_bias: { '5': 1 },
  logprobs: true,
  max_completion_tokens: 77,
  max_tokens: 77,
  metadata: { a: 'b' },
  modalities: ['text', 'audio'],
  moderation: { model: 'omni' },
  n: 2,
  parallel_tool_calls: false,
  prediction: { type: 'content', content: 'x' },
  presence_penalty: 0.5,
  prompt_cache_key: 'k',
  prompt_cache_options: { mode: 'explicit' },
  prompt_cache_retention: '24h',
  reasoning_effort: 'high',
  response_format: { type: 'json_object' },
  safety_identifier: 'u',
  seed: 7,
  service_tier: 'flex',
  stop: ['END'],
  store: true,
  stream_options: { include_usage: true },
  temperature: 0.3,
  tool_choice: 'required',
  tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
  top_logprobs: 2,
  top_p: 0.5,
  user: 'u',
  verbosity: 'low',
  web_search_options: {},
} satisfies Samples<OpenAI.ChatCompletionCreateParams>;

const RESPONSES = {
  background: true,
  context_management: [{ type: 'compaction', compact_threshold: 1000 }],
  conversation: 'conv_1',
  include: ['message.output_text.logprobs'],
  input: 'else',
  instructions: 'Be brief',
  max_output_tokens: 77,
  metadata: { a: 'b' },
  moderation: { model: 'omni' },
  parallel_tool_calls: false,
  previous_response_id: 'resp_1',
  prompt: { id: 'pmpt_1' },
  prompt_cache_key: 'k',
  prompt_cache_options: { mode: 'explicit' },
  prompt_cache_retention: '24h',
  reasoning: { effort: 'high' },
  safety_identifier: 'u',
  service_tier: 'flex',
  store: true,
  stream_options: { include_obfuscation: false },
  temperature: 0.3,
  text: { format: { type: 'json_object' }, verbosity: 'low' },
  tool_choice: 'required',
  tools: [{ type: 'function', name: 'f', parameters: schema, strict: true }],
  top_logprobs: 2,
  top_p: 0.5,
  truncation: 'auto',
  user: 'u',
} satisfies Samples<OpenAI.Responses.ResponseCreateParams>;

const ANTHROPIC = {
  max_tokens: 77,
  messages: [{ role: 'user', content: 'else' }],
  betas: ['x-2026-01-01'],
  cache_control: { type: 'ephemeral' },
  compaction: { type: 'auto' },
  container: 'c_1',
  context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  diagnostics: { level: 'full' },
  fallback_credit_token: 't',
  fallbacks: [{ model: 'claude-x' }],
  inference_geo: 'us',
  mcp_servers: [{ type: 'url', url: 'https://ex.org', name: 'x' }],
  metadata: { user_id: 'u' },
  output_config: { effort: 'high' },
  output_format: { type: 'json_schema', schema },
  service_tier: 'standard_only',
  speed: 'fast',
  stop_sequences: ['END'],
  system: 'Be brief',
  temperature: 0.3,
  thinking: { type: 'enabled', budget_tokens: 2000 },
  tool_choice: { type: 'any' },
  tools: [{ name: 'f', input_schema: schema }],
  top_k: 5,
  top_p: 0.5,
  user_profile_id: 'p',
  workspace_id: 'w',
} satisfies Samples<Anthropic.Beta.MessageCreateParams & Anthropic.MessageCreateParams>;

/** Not sent: these steer the SDK itself. */
type OfSdk = 'httpOptions' | 'abortSignal' | 'automaticFunctionCalling' | 'automaticContinuation';
type GoogleConfig = Omit<Google.GenerateContentConfig, OfSdk>;
/** Members of the body itself; all others stand in `generationConfig`. */
const GOOGLE_BODY = {
  systemInstruction: { parts: [{ text: 'Be brief' }] },
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  tools: [{ functionDeclarations: [{ name: 'f', parameters: schema }] }],
  toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  labels: { a: 'b' },
  cachedContent: 'cachedContents/1',
  serviceTier: 'flex',
  modelArmorConfig: { promptTemplateName: 'x' },
  continuationToken: 't',
  generationOutputConfig: { x: 1 },
  store: true,
} as const satisfies Partial<Samples<GoogleConfig>>;
const GOOGLE_CONFIG = {
  temperature: 0.3,
  topP: 0.5,
  topK: 5,
  candidateCount: 2,
  maxOutputTokens: 77,
  stopSequences: ['END'],
  responseLogprobs: true,
  logprobs: 2,
  presencePenalty: 0.5,
  frequencyPenalty: 0.5,
  seed: 7,
  responseMimeType: 'application/json',
  responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
  responseJsonSchema: schema,
  routingConfig: { autoMode: {}, manualMode: { modelName: 'x' } },
  modelSelectionConfig: { featureSelectionPreference: 'BALANCED' },
  responseModalities: ['TEXT', 'AUDIO'],
  mediaResolution: 'MEDIA_RESOLUTION_LOW',
  speechConfig: { languageCode: 'de-DE' },
  audioTimestamp: true,
  thinkingConfig: { thinkingLevel: 'HIGH' },
  audioTranscriptionConfig: { languageCodes: ['de'] },
  imageConfig: { aspectRatio: '1:1' },
  enableEnhancedCivicAnswers: true,
} as const satisfies Samples<Omit<GoogleConfig, keyof typeof GOOGLE_BODY>>;

/** Members without an effect on what the model answers. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  // The form of the client's own answer, and how it travels.
  'stream_options',
  // A request that is retained or not is the upstream's affair: ours never are.
  'betas',
]);
/** Said together with another member only. */
const WITH: Readonly<Record<string, JsonObject>> = {
  function_call: { functions: CHAT.functions },
  parallel_tool_calls: { tools: RESPONSES.tools },
  responseSchema: { responseMimeType: 'application/json' },
  responseJsonSchema: { responseMimeType: 'application/json' },
  logprobs: { responseLogprobs: true },
};

interface Member {
  readonly from: Side;
  readonly name: string;
  readonly body: JsonObject;
  readonly baseline: JsonObject;
}

function membersOf(id: string, samples: Readonly<Record<string, JsonValue>>): readonly Member[] {
  const from = sideOf(id);
  const smallest = smallestRequest(from, { stream: false });
  return Object.entries(samples).map(([name, value]) => {
    const tools = id === 'openai-chat' ? CHAT.tools : id === 'anthropic-messages' ? ANTHROPIC.tools : RESPONSES.tools;
    const needsTools = name === 'tool_choice' || name === 'parallel_tool_calls';
    const needed = needsTools ? { tools } : name === 'toolConfig' ? { tools: GOOGLE_BODY.tools } : WITH[name];
    const baseline = { ...smallest, ...needed };
    return { from, name, baseline, body: { ...baseline, [name]: value } };
  });
}

function googleConfigMembers(): readonly Member[] {
  const from = sideOf('gemini-generate');
  const smallest = smallestRequest(from, { stream: false });
  return Object.entries(GOOGLE_CONFIG).map(([name, value]) => {
    const more = WITH[name] ?? {};
    const baseline = { ...smallest, generationConfig: more };
    return { from, name, baseline, body: { ...smallest, generationConfig: { ...more, [name]: value } } };
  });
}

const MEMBERS: readonly Member[] = [
  ...membersOf('openai-chat', CHAT),
  ...membersOf('openai-responses', RESPONSES),
  ...membersOf('anthropic-messages', ANTHROPIC),
  ...membersOf('gemini-generate', GOOGLE_BODY),
  ...googleConfigMembers(),
].filter(({ name }) => !SAYS_NOTHING.has(name));

/** Whether the upstream hears of it, or the client that it does not. */
function isHeard({ from, body, baseline }: Member, to: Side): boolean {
  try {
    const plain = translate(baseline, from, to);
    const { body: sent, warnings } = translate(body, from, to);
    return warnings.length > plain.warnings.length || JSON.stringify(sent) !== JSON.stringify(plain.body);
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    return true;
  }
}

describe.each(SIDES)('nothing that an SDK can say is lost in silence on the way to $id', (to) => {
  test.each(MEMBERS.filter(({ from }) => from !== to).map((member) => [member.from.id, member.name, member] as const))(
    '%s: %s',
    (_from, _name, member) => {
      expect(isHeard(member, to)).toBe(true);
    },
  );
});

type Tagged = { readonly type?: string | undefined | null };
/** The words by which a union tells its members apart. */
type Tags<T> = T extends Tagged ? Extract<T['type'], string> : never;

/** Built-in tools by their type; the members beside it do not matter here. */
const RESPONSES_TOOLS = {
  function: { name: 'f', parameters: schema },
  custom: { name: 'c' },
  namespace: { name: 'n', description: 'd', tools: [{ type: 'function', name: 'f', parameters: schema }] },
  web_search: {},
  web_search_2025_08_26: {},
  web_search_preview: {},
  web_search_preview_2025_03_11: {},
  file_search: { vector_store_ids: ['v'] },
  computer: {},
  computer_use_preview: { display_height: 1, display_width: 1, environment: 'browser' },
  mcp: { server_label: 'x', server_url: 'https://ex.org' },
  code_interpreter: { container: { type: 'auto' } },
  programmatic_tool_calling: {},
  image_generation: {},
  local_shell: {},
  shell: {},
  tool_search: {},
  apply_patch: {},
} satisfies Record<Tags<OpenAI.Responses.Tool>, JsonObject>;

const ANTHROPIC_TOOLS = {
  custom: { name: 'c', input_schema: schema },
  bash_20250124: { name: 'bash' },
  code_execution_20250522: { name: 'code_execution' },
  code_execution_20250825: { name: 'code_execution' },
  code_execution_20260120: { name: 'code_execution' },
  code_execution_20260521: { name: 'code_execution' },
  browser_toolset_20260801: { name: 'browser' },
  memory_20250818: { name: 'memory' },
  computer_toolset_20260801: { name: 'computer' },
  text_editor_20250124: { name: 'str_replace_editor' },
  text_editor_20250429: { name: 'str_replace_based_edit_tool' },
  text_editor_20250728: { name: 'str_replace_based_edit_tool' },
  web_search_20250305: { name: 'web_search' },
  web_search_20260209: { name: 'web_search' },
  web_search_20260318: { name: 'web_search' },
  web_fetch_20250910: { name: 'web_fetch' },
  web_fetch_20260209: { name: 'web_fetch' },
  web_fetch_20260309: { name: 'web_fetch' },
  web_fetch_20260318: { name: 'web_fetch' },
  tool_search_tool_bm25: { name: 'tool_search_tool_bm25' },
  tool_search_tool_bm25_20251119: { name: 'tool_search_tool_bm25' },
  tool_search_tool_regex: { name: 'tool_search_tool_regex' },
  tool_search_tool_regex_20251119: { name: 'tool_search_tool_regex' },
} satisfies Record<Tags<Anthropic.Messages.ToolUnion>, JsonObject>;

const GOOGLE_TOOLS = {
  retrieval: {},
  googleMaps: {},
  mcpServers: [{ name: 'x' }],
  codeExecution: {},
  computerUse: { environment: 'ENVIRONMENT_BROWSER' },
  enterpriseWebSearch: {},
  exaAiSearch: { apiKey: 'k' },
  functionDeclarations: [{ name: 'f' }],
  googleSearch: {},
  googleSearchRetrieval: {},
  parallelAiSearch: { apiKey: 'k' },
  urlContext: {},
  fileSearch: { fileSearchStoreNames: ['s'] },
} satisfies Record<keyof Google.Tool, JsonValue>;

const IMAGE = 'data:image/png;base64,iVBORw0KGgo=';
const CHAT_PARTS = {
  text: { text: 'x' },
  image_url: { image_url: { url: IMAGE } },
  input_audio: { input_audio: { data: 'QQ==', format: 'wav' } },
  file: { file: { filename: 'a.pdf', file_data: 'JVBERi0=' } },
} satisfies Record<Tags<OpenAI.ChatCompletionContentPart>, JsonObject>;

const RESPONSES_PARTS = {
  input_text: { text: 'x' },
  input_image: { image_url: IMAGE },
  input_file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
} satisfies Record<Tags<OpenAI.Responses.ResponseInputContent>, JsonObject>;

const PDF = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' };
const RESULT = { tool_use_id: 't', content: [] };
const ANTHROPIC_BLOCKS = {
  text: { text: 'x' },
  image: { source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
  document: { source: PDF },
  search_result: { source: 'https://ex.org', title: 't', content: [{ type: 'text', text: 'x' }] },
  thinking: { thinking: 'x', signature: 's' },
  redacted_thinking: { data: 'd' },
  tool_use: { id: 't', name: 'f', input: {} },
  tool_result: { tool_use_id: 't', content: 'x' },
  server_tool_use: { id: 's', name: 'web_search', input: {} },
  web_search_tool_result: RESULT,
  web_fetch_tool_result: RESULT,
  code_execution_tool_result: RESULT,
  bash_code_execution_tool_result: RESULT,
  text_editor_code_execution_tool_result: RESULT,
  tool_search_tool_result: RESULT,
  container_upload: { file_id: 'f' },
} satisfies Record<Tags<Anthropic.Messages.ContentBlockParam>, JsonObject>;
/** Those that the model itself says. */
const OF_ASSISTANT = /^(thinking|redacted_thinking|tool_use|server_tool_use|\w+_tool_result)$/;

const INLINE = { mimeType: 'image/png', data: 'iVBORw0KGgo=' };
type GooglePart = Omit<Google.Part, 'thought' | 'thoughtSignature'>;
const GOOGLE_PARTS = {
  text: { text: 'x' },
  mediaResolution: { inlineData: INLINE, mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' } },
  toolCall: { toolCall: { id: 'x' } },
  toolResponse: { toolResponse: { id: 'x' } },
  audioTranscription: { audioTranscription: { text: 'x' } },
  codeExecutionResult: { codeExecutionResult: { outcome: 'OUTCOME_OK', output: 'x' } },
  executableCode: { executableCode: { code: 'x', language: 'PYTHON' } },
  fileData: { fileData: { fileUri: 'https://ex.org/a.png', mimeType: 'image/png' } },
  functionCall: { functionCall: { name: 'f', args: {} } },
  functionResponse: { functionResponse: { name: 'f', response: { result: 'x' } } },
  inlineData: { inlineData: INLINE },
  videoMetadata: { inlineData: INLINE, videoMetadata: { fps: 1 } },
  partMetadata: { text: 'x', partMetadata: { a: 1 } },
  mediaProcessing: { inlineData: INLINE, mediaProcessing: { x: 1 } },
  speechMetadata: { text: 'x', speechMetadata: { x: 1 } },
} satisfies Record<keyof GooglePart, JsonObject>;

const CALL_ID = { call_id: 'c', id: 'i' };
/** Items beside messages; those of the model come after a question. */
const ITEMS = {
  message: { role: 'user', content: 'x' },
  file_search_call: { id: 'i', queries: ['q'], status: 'completed' },
  computer_call: { ...CALL_ID, action: { type: 'screenshot' }, pending_safety_checks: [], status: 'completed' },
  computer_call_output: { call_id: 'c', output: { type: 'computer_screenshot', image_url: IMAGE } },
  web_search_call: { id: 'i', status: 'completed', action: { type: 'search', query: 'q' } },
  function_call: { call_id: 'c', name: 'f', arguments: '{}' },
  function_call_output: { call_id: 'c', output: 'x' },
  tool_search_call: { ...CALL_ID, arguments: {} },
  tool_search_output: { ...CALL_ID, tools: [] },
  additional_tools: { tools: [{ type: 'function', name: 'g', parameters: schema }] },
  reasoning: { id: 'i', summary: [{ type: 'summary_text', text: 'x' }] },
  compaction: { encrypted_content: 'x' },
  image_generation_call: { id: 'i', result: null, status: 'completed' },
  code_interpreter_call: { id: 'i', code: 'x', container_id: 'c', outputs: [], status: 'completed' },
  local_shell_call: { ...CALL_ID, action: { type: 'exec', command: [], env: {} }, status: 'completed' },
  local_shell_call_output: { id: 'i', output: 'x' },
  shell_call: { ...CALL_ID, action: { commands: ['ls'] } },
  shell_call_output: { call_id: 'c', output: [] },
  apply_patch_call: { ...CALL_ID, operation: { type: 'delete_file', path: 'x' }, status: 'completed' },
  apply_patch_call_output: { call_id: 'c', status: 'completed' },
  mcp_list_tools: { id: 'i', server_label: 'x', tools: [] },
  mcp_approval_request: { id: 'i', arguments: '{}', name: 'x', server_label: 'x' },
  mcp_approval_response: { approval_request_id: 'i', approve: true },
  mcp_call: { id: 'i', arguments: '{}', name: 'x', server_label: 'x' },
  custom_tool_call: { call_id: 'c', name: 'f', input: 'x' },
  custom_tool_call_output: { call_id: 'c', output: 'x' },
  compaction_trigger: {},
  item_reference: { id: 'i' },
  program: { ...CALL_ID, code: 'x', fingerprint: 'f' },
  program_output: { ...CALL_ID, result: 'x', status: 'completed' },
} satisfies Record<Tags<OpenAI.Responses.ResponseInputItem>, JsonObject>;

const entries = (samples: Readonly<Record<string, JsonObject>>) =>
  Object.entries(samples).map(([type, members]) => ({ type, value: { type, ...members } as JsonObject }));

function added(id: string, name: string, member: string, before: readonly JsonValue[], value: JsonValue): Member {
  const from = sideOf(id);
  const smallest = smallestRequest(from, { stream: false });
  const baseline = before.length === 0 ? smallest : { ...smallest, [member]: [...before] };
  return { from, name, baseline, body: { ...smallest, [member]: [...before, value] } };
}

const question = { role: 'user', content: 'hi' };
const googleQuestion = { role: 'user', parts: [{ text: 'hi' }] };
const VALUES: readonly Member[] = [
  ...entries(RESPONSES_TOOLS).map(({ type, value }) => added('openai-responses', `tool ${type}`, 'tools', [], value)),
  ...entries(ANTHROPIC_TOOLS).map(({ type, value }) => added('anthropic-messages', `tool ${type}`, 'tools', [], value)),
  ...Object.entries(GOOGLE_TOOLS).map(([key, value]) =>
    added('gemini-generate', `tool ${key}`, 'tools', [], { [key]: value } as JsonObject),
  ),
  ...entries(CHAT_PARTS).map(({ type, value }) =>
    added('openai-chat', `part ${type}`, 'messages', [question], { role: 'user', content: [value] }),
  ),
  ...entries(RESPONSES_PARTS).map(({ type, value }) =>
    added('openai-responses', `part ${type}`, 'input', [question], { role: 'user', content: [value] }),
  ),
  ...entries(ITEMS).map(({ type, value }) => added('openai-responses', `item ${type}`, 'input', [question], value)),
  ...entries(ANTHROPIC_BLOCKS).map(({ type, value }) =>
    added('anthropic-messages', `block ${type}`, 'messages', [question], {
      role: OF_ASSISTANT.test(type) && type !== 'tool_result' ? 'assistant' : 'user',
      content: [value],
    }),
  ),
  ...Object.entries(GOOGLE_PARTS).map(([key, value]) =>
    added('gemini-generate', `part ${key}`, 'contents', [googleQuestion], {
      role: /Call$|executableCode|codeExecutionResult/.test(key) ? 'model' : 'user',
      parts: [value],
    }),
  ),
];

describe.each(SIDES)('no tool, block or item of an SDK is lost in silence on the way to $id', (to) => {
  test.each(VALUES.filter(({ from }) => from !== to).map((member) => [member.from.id, member.name, member] as const))(
    '%s: %s',
    (_from, _name, member) => {
      expect(isHeard(member, to)).toBe(true);
    },
  );
});

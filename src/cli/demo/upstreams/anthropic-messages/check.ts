import { asList, asRecord, asText, isRecord, type JsonRecord } from '../json.js';
import type { VendorRequest } from '../vendor.js';
import { checkCacheControl } from './check-cache-control.js';
import { checkMessages } from './check-messages.js';
import { checkOutputSchema } from './check-output-schema.js';
import { checkThinking } from './check-thinking.js';
import { checkTools } from './check-tools.js';
import { extra, refuse, required } from './errors.js';
import { rulesOf } from './models.js';

const SHARED = [
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'speed',
  'user_profile_id',
  'workspace_id',
];
const COUNTED: ReadonlySet<string> = new Set([...SHARED, 'mcp_servers']);
const GENERATED: ReadonlySet<string> = new Set([
  ...SHARED,
  'max_tokens',
  'metadata',
  'stop_sequences',
  'stream',
  'temperature',
  'top_k',
  'top_p',
  'service_tier',
  'container',
  'inference_geo',
  'diagnostics',
  'context_management',
  'thread',
  'mcp_servers',
]);
/** Fields that exist only beside their beta. */
const BETA_OF: Readonly<Record<string, RegExp>> = {
  context_management: /context-management-|compact-/,
  mcp_servers: /mcp-client-/,
  speed: /fast-mode-/,
  thread: /message-threads-/,
};

/** Everything about a request that Anthropic answers with 400. */
export function checkRequest(body: JsonRecord, headers: VendorRequest['headers'], isCount: boolean): void {
  const betas = String(headers['anthropic-beta'] ?? '');
  const known = isCount ? COUNTED : GENERATED;
  for (const name of Object.keys(body)) {
    if (!known.has(name) || !(BETA_OF[name]?.test(betas) ?? true)) extra(name);
  }
  if (!isCount) checkMaxTokens(body['max_tokens']);
  const rules = rulesOf(asText(body['model']) ?? '');
  checkSystem(body['system']);
  checkTools(body);
  checkMessages(body, rules);
  checkCacheControl(body);
  checkThinking(body, rules);
  checkSampling(body);
  checkOutputConfig(asRecord(body['output_config']), rules.takesStructure);
  const stops = body['stop_sequences'];
  asList(stops).forEach((stop, index) => {
    if (typeof stop === 'string' && stop.trim() === '')
      refuse(`stop_sequences: each stop sequence must contain non-whitespace (at ${index})`);
  });
  const metadata = asRecord(body['metadata']);
  for (const name of Object.keys(metadata ?? {})) if (name !== 'user_id') extra(`metadata.${name}`);
}

function checkMaxTokens(value: unknown): void {
  if (value === undefined) required('max_tokens');
  if (typeof value !== 'number' || !Number.isInteger(value)) refuse('max_tokens: Input should be a valid integer');
  if (value < 1) refuse('max_tokens: Input should be greater than or equal to 1');
}

function checkSystem(system: unknown): void {
  if (system === undefined || typeof system === 'string') return;
  if (!Array.isArray(system)) return refuse('system: Input should be a valid list');
  for (const [index, given] of system.entries()) {
    const block = asRecord(given);
    const path = `system.${index}`;
    if (block?.['type'] !== 'text') return refuse(`${path}.type: Input should be 'text'`);
    if (typeof block['text'] !== 'string') return required(`${path}.text`);
    if (block['text'] === '') refuse('system: text content blocks must be non-empty');
    for (const name of Object.keys(block)) {
      if (!['type', 'text', 'cache_control', 'citations'].includes(name)) extra(`${path}.${name}`);
    }
  }
}

function checkSampling(body: JsonRecord): void {
  const { temperature, top_p: topP } = body;
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 1)) refuse('temperature: range: 0..1');
  if (typeof topP === 'number' && (topP < 0 || topP > 1)) refuse('top_p: range: 0..1');
  if (typeof temperature === 'number' && typeof topP === 'number') {
    refuse('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
}

function checkOutputConfig(config: JsonRecord | undefined, takesStructure: boolean): void {
  if (config === undefined) return;
  for (const name of Object.keys(config)) {
    if (!['effort', 'format', 'task_budget'].includes(name)) extra(`output_config.${name}`);
  }
  const format = config['format'];
  if (format === undefined || format === null) return;
  if (!takesStructure) refuse('output_config.format: This model does not support structured outputs.');
  if (!isRecord(format) || format['type'] !== 'json_schema') {
    return refuse("output_config.format.type: Input should be 'json_schema'");
  }
  for (const name of Object.keys(format))
    if (name !== 'type' && name !== 'schema') extra(`output_config.format.${name}`);
  if (!isRecord(format['schema'])) return required('output_config.format.schema');
  checkOutputSchema(format['schema'], 'output_config.format.schema');
}

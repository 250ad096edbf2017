import { asRecord, asText, isRecord, type JsonRecord } from '../json.js';
import { decodeBase64 } from '../media.js';
import { isIssued } from '../opaque.js';
import { extra, refuse, required } from './errors.js';

const ID = /^[a-zA-Z0-9_-]+$/;
const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
/** What the data of redacted thinking is bound to. */
export const REDACTED = 'redacted thinking';

interface BlockRule {
  readonly roles: readonly string[];
  readonly fields: readonly string[];
  readonly check: (block: JsonRecord, path: string) => void;
}

const RULES: Readonly<Record<string, BlockRule>> = {
  text: { roles: ['user', 'assistant', 'system'], fields: ['text', 'citations'], check: checkText },
  image: { roles: ['user'], fields: ['source'], check: checkImage },
  document: { roles: ['user'], fields: ['source', 'title', 'context', 'citations'], check: checkDocument },
  tool_use: { roles: ['assistant'], fields: ['id', 'name', 'input', 'caller', 'toolset_name'], check: checkToolUse },
  tool_result: { roles: ['user'], fields: ['tool_use_id', 'content', 'is_error'], check: checkToolResult },
  thinking: { roles: ['assistant'], fields: ['thinking', 'signature'], check: checkThinkingBlock },
  redacted_thinking: { roles: ['assistant'], fields: ['data'], check: checkRedacted },
};
/** Blocks of server tools and of betas: known, not looked into. */
const OTHERS =
  /^(server_tool_use|search_result|container_upload|compaction|fallback|tool_reference|mcp_tool_use|mcp_tool_result|\w+_tool_result)$/;

export function checkBlock(given: unknown, role: string, path: string): void {
  const block = asRecord(given);
  const type = asText(block?.['type']);
  if (block === undefined || type === undefined) return required(`${path}.type`);
  const rule = RULES[type];
  if (rule === undefined) {
    if (OTHERS.test(type)) return;
    return refuse(
      `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${Object.keys(RULES)
        .map((tag) => `'${tag}'`)
        .join(', ')}`,
    );
  }
  if (!rule.roles.includes(role)) {
    refuse(`${path.replace(/\.content\.\d+$/, '')}: \`${type}\` blocks can only be in \`${rule.roles[0]}\` messages`);
  }
  for (const name of Object.keys(block)) {
    if (name !== 'type' && name !== 'cache_control' && !rule.fields.includes(name)) extra(`${path}.${type}.${name}`);
  }
  rule.check(block, `${path}.${type}`);
}

function checkText({ text }: JsonRecord, path: string): void {
  if (typeof text !== 'string') return required(`${path}.text`);
  if (text === '') refuse('messages: text content blocks must be non-empty');
  if (text.trim() === '') refuse('messages: text content blocks must contain non-whitespace text');
}

function checkImage(block: JsonRecord, path: string): void {
  const source = sourceOf(block, path);
  if (source['type'] !== 'base64') return checkLink(source, path);
  const at = `${path}.source.base64`;
  const mimeType = source['media_type'];
  if (!IMAGE_TYPES.some((one) => one === mimeType)) {
    refuse(`${at}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`);
  }
  const decoded = decodeBase64(asText(source['data']) ?? required(`${at}.data`));
  if (decoded === undefined) return refuse(`${at}: invalid base64 data`);
  if (decoded.sniffed !== undefined && decoded.sniffed !== mimeType) {
    refuse(
      `${at}.data: The image was specified using the ${String(mimeType)} media type, but the image appears to be a ${decoded.sniffed} image`,
    );
  }
}

function checkDocument(block: JsonRecord, path: string): void {
  const source = sourceOf(block, path);
  const at = `${path}.source`;
  if (source['type'] === 'text') {
    if (source['media_type'] !== 'text/plain') refuse(`${at}.text.media_type: Input should be 'text/plain'`);
    if (typeof source['data'] !== 'string') required(`${at}.text.data`);
    return;
  }
  if (source['type'] === 'content') return;
  if (source['type'] !== 'base64') return checkLink(source, path);
  if (source['media_type'] !== 'application/pdf') refuse(`${at}.base64.media_type: Input should be 'application/pdf'`);
  if (decodeBase64(asText(source['data']) ?? '') === undefined) refuse(`${at}.base64: invalid base64 data`);
}

function checkLink(source: JsonRecord, path: string): void {
  const type = String(source['type']);
  if (type === 'file') return;
  if (type !== 'url')
    refuse(
      `${path}.source: Input tag '${type}' found using 'type' does not match any of the expected tags: 'base64', 'url', 'file'`,
    );
  if (!/^https?:\/\//.test(asText(source['url']) ?? ''))
    refuse(`${path}.source.url.url: Only HTTPS URLs are supported.`);
}

const sourceOf = (block: JsonRecord, path: string): JsonRecord =>
  asRecord(block['source']) ?? required(`${path}.source`);

function checkToolUse({ id, name, input }: JsonRecord, path: string): void {
  if (typeof id !== 'string') return required(`${path}.id`);
  if (!ID.test(id)) refuse(`${path}.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  if (typeof name !== 'string') return required(`${path}.name`);
  if (name === '' || name.length > 200) refuse(`${path}.name: String should have at least 1 character`);
  if (input === undefined) return required(`${path}.input`);
  if (!isRecord(input)) refuse(`${path}.input: Input should be a valid dictionary`);
}

function checkToolResult(block: JsonRecord, path: string): void {
  const id = block['tool_use_id'];
  if (typeof id !== 'string') return required(`${path}.tool_use_id`);
  if (!ID.test(id)) refuse(`${path}.tool_use_id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  const { content } = block;
  if (content === undefined || typeof content === 'string') return;
  if (!Array.isArray(content)) return refuse(`${path}.content: Input should be a valid list`);
  for (const [index, part] of content.entries()) checkBlock(part, 'user', `${path}.content.${index}`);
}

function checkThinkingBlock({ thinking, signature }: JsonRecord, path: string): void {
  const at = path.replace(/\.thinking$/, '');
  if (typeof thinking !== 'string') return required(`${path}.thinking`);
  if (typeof signature !== 'string') return required(`${path}.signature`);
  if (!isIssued('anthropic', signature, thinking)) refuse(`${at}: Invalid \`signature\` in \`thinking\` block`);
}

function checkRedacted({ data }: JsonRecord, path: string): void {
  const at = path.replace(/\.redacted_thinking$/, '');
  if (typeof data !== 'string') return required(`${path}.data`);
  if (!isIssued('anthropic', data, REDACTED)) refuse(`${at}: Invalid \`data\` in \`redacted_thinking\` block`);
}

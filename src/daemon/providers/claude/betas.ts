import type { Operation, WireBody } from '../../dialects/dialect.js';
import { isObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { listValue } from '../api-key.js';
import type { ClientHeaders } from '../provider.js';

interface NeededBeta {
  readonly beta: string;
  readonly isNeeded: (body: WireBody, model: ModelInfo) => boolean;
}

const has = (body: WireBody, key: string): boolean => body.get(key) !== undefined && body.get(key) !== null;
const hasBytes = ({ bytes }: WireBody, ...texts: readonly string[]): boolean => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return texts.some((text) => view.includes(text));
};

/** Betas that a field of the body needs: without its beta the field is refused as an extra input. */
const FIELD_BETAS: readonly NeededBeta[] = [
  { beta: 'context-management-2025-06-27', isNeeded: (body) => has(body, 'context_management') },
  { beta: 'extended-cache-ttl-2025-04-11', isNeeded: (body) => hasBytes(body, '"ttl":"1h"', '"ttl": "1h"') },
  { beta: 'effort-2025-11-24', isNeeded: (body) => hasConfig(body, 'effort') },
  {
    beta: 'structured-outputs-2025-12-15',
    isNeeded: (body) => hasConfig(body, 'format') || has(body, 'output_format'),
  },
  { beta: 'fast-mode-2026-02-01', isNeeded: (body) => body.get('speed') === 'fast' },
  {
    beta: 'mid-conversation-system-2026-04-07',
    isNeeded: (body, model) => model.traits.has('mid-system') && hasSystemTurn(body),
  },
];
const COUNT_BETA = 'token-counting-2024-11-01';
const LONG_CONTEXT_BETA = 'context-1m-2025-08-07';
/** A client that cannot set beta headers asks for the long context with this one; its presence counts, not its value. */
const LONG_CONTEXT_HEADER = 'x-cpa-claude-1m';

function hasConfig(body: WireBody, key: string): boolean {
  const config = body.get('output_config');
  const value = isObject(config) ? config[key] : undefined;
  return value !== undefined && value !== null;
}

/** Parsing a long conversation is dear, so the bytes are asked first. */
function hasSystemTurn(body: WireBody): boolean {
  if (!hasBytes(body, '"role":"system"', '"role": "system"')) return false;
  const messages = body.get('messages');
  return Array.isArray(messages) && messages.some((message) => isObject(message) && message['role'] === 'system');
}

/** What the client asked for: its header, and the body's `betas`, which the public API does not know and is removed. */
export function takeClientBetas(clientHeaders: ClientHeaders, body: WireBody): readonly string[] {
  const names = (listValue(clientHeaders['anthropic-beta']) ?? '').split(',');
  const listed = body.get('betas');
  if (Array.isArray(listed)) names.push(...listed.filter((name): name is string => typeof name === 'string'));
  if (listed !== undefined) body.set('betas', undefined);
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** What the finished request cannot do without at Anthropic itself. */
export function neededBetas(
  body: WireBody,
  { model, operation, clientHeaders }: { model: ModelInfo; operation: Operation; clientHeaders: ClientHeaders },
): readonly string[] {
  return [
    ...FIELD_BETAS.filter(({ isNeeded }) => isNeeded(body, model)).map(({ beta }) => beta),
    ...(operation === 'count-tokens' ? [COUNT_BETA] : []),
    ...(clientHeaders[LONG_CONTEXT_HEADER] === undefined ? [] : [LONG_CONTEXT_BETA]),
  ];
}

/** The header's value: each name once, compared whole, in order of appearance. */
export const joinBetas = (names: readonly string[]): string => [...new Set(names)].join(',');

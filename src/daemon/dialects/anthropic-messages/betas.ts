import { isObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { WireBody } from '../dialect.js';
import { asArray, asObject } from './wire.js';

interface FieldBeta {
  readonly beta: string;
  readonly isNeeded: (body: WireBody, model: ModelInfo | undefined) => boolean;
}

const has = (body: WireBody, key: string): boolean => body.get(key) !== undefined && body.get(key) !== null;
const hasBytes = (body: WireBody, ...texts: readonly string[]): boolean => {
  const bytes = Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength);
  return texts.some((text) => bytes.includes(text));
};

/** Betas that a field of the body needs: without its beta the field is refused as an extra input. */
const FIELD_BETAS: readonly FieldBeta[] = [
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
    isNeeded: (body, model) => model?.traits.has('mid-system') === true && hasSystemTurn(body),
  },
];

function hasConfig(body: WireBody, key: string): boolean {
  const value = asObject(body.get('output_config'))?.[key];
  return value !== undefined && value !== null;
}

/** Parsing a long conversation is dear, so the bytes are asked first. */
const hasSystemTurn = (body: WireBody): boolean =>
  hasBytes(body, '"role":"system"', '"role": "system"') &&
  asArray(body.get('messages')).some((message) => isObject(message) && message['role'] === 'system');

/**
 * The names for `anthropic-beta`, each once: the client's own, the body's `betas` list (which the caller removes from the
 * body), and those that fields of the body need. Credentials and endpoints may need more.
 */
export function betasFor(body: WireBody, clientBetas: readonly string[], model?: ModelInfo): string[] {
  const listed = asArray(body.get('betas')).filter((name) => typeof name === 'string');
  const needed = FIELD_BETAS.filter(({ isNeeded }) => isNeeded(body, model)).map(({ beta }) => beta);
  const names = [...clientBetas, ...listed, ...needed].map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

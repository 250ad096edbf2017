import type { Operation, WireBody } from '../../dialects/dialect.js';
import { isObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { listValue } from '../api-key.js';
import type { ClientHeaders } from '../provider.js';
import { hasSystemTurn } from './system-turns.js';

interface NeededBeta {
  readonly beta: string;
  readonly isNeeded: (body: WireBody, model: ModelInfo) => boolean;
}

const has = (body: WireBody, key: string): boolean => body.get(key) !== undefined && body.get(key) !== null;

/** Betas that a field of the body needs: without its beta the field is refused as an extra input. */
const FIELD_BETAS: readonly NeededBeta[] = [
  { beta: 'context-management-2025-06-27', isNeeded: (body) => has(body, 'context_management') },
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
const HOUR_BETA = 'extended-cache-ttl-2025-04-11';
const COUNT_BETA = 'token-counting-2024-11-01';
const LONG_CONTEXT_BETA = 'context-1m-2025-08-07';
/** A client that cannot set beta headers asks for the long context with this one; its presence counts, not its value. */
const LONG_CONTEXT_HEADER = 'x-cpa-claude-1m';

function hasConfig(body: WireBody, key: string): boolean {
  const config = body.get('output_config');
  const value = isObject(config) ? config[key] : undefined;
  return value !== undefined && value !== null;
}

/** What the client asked for by its headers. */
export function askedBetas(clientHeaders: ClientHeaders): readonly string[] {
  const names = (listValue(clientHeaders['anthropic-beta']) ?? '').split(',').map((name) => name.trim());
  if (clientHeaders[LONG_CONTEXT_HEADER] !== undefined) names.push(LONG_CONTEXT_BETA);
  return names.filter((name) => name !== '');
}

/** The same, and the body's `betas`, which the public API does not know and is removed. */
export function takeClientBetas(clientHeaders: ClientHeaders, body: WireBody): readonly string[] {
  const asked = askedBetas(clientHeaders);
  const listed = body.get('betas');
  if (listed === undefined) return asked;
  body.set('betas', undefined);
  const names = Array.isArray(listed) ? listed.filter((name): name is string => typeof name === 'string') : [];
  return [...asked, ...names.map((name) => name.trim()).filter((name) => name !== '')];
}

interface BetaFacts {
  readonly model: ModelInfo;
  readonly operation: Operation;
  /** Known already: no cache breakpoint lasts an hour. */
  readonly hasNoHour?: boolean;
}

function holdsHour({ bytes }: WireBody): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.includes('"ttl":"1h"') || view.includes('"ttl": "1h"');
}

/** What the finished request cannot do without at Anthropic itself. */
export function neededBetas(body: WireBody, { model, operation, hasNoHour = false }: BetaFacts): readonly string[] {
  return [
    ...FIELD_BETAS.filter(({ isNeeded }) => isNeeded(body, model)).map(({ beta }) => beta),
    ...(!hasNoHour && holdsHour(body) ? [HOUR_BETA] : []),
    ...(operation === 'count-tokens' ? [COUNT_BETA] : []),
  ];
}

/** The header's value: each name once, compared whole, in order of appearance. */
export const joinBetas = (names: readonly string[]): string => [...new Set(names)].join(',');

import { createHash } from 'node:crypto';
import type { CredentialSummary } from '../../../shared/contract/credentials.js';
import type { AuthFileView } from '../../../shared/contract/management/auth-files.js';
import type { CredentialFile } from '../control-plane.js';
import { isObject } from './reply.js';

/** As related gateways compute it, so that it survives a change from them to us. */
export const authIndexOf = ({ fields, path }: CredentialFile): string =>
  createHash('sha256')
    .update(`${typeOf(fields)}:${path}`)
    .digest('hex')
    .slice(0, 16);

/** A credential file for web UIs: what it says of itself without its secrets, and how it fares. */
export function viewAuthFile(file: CredentialFile, summary: CredentialSummary | undefined, now: number): AuthFileView {
  const { name, path, size, fields, modifiedAt, createdAt } = file;
  const type = typeOf(fields);
  const email = textOf(fields['email']) ?? summary?.email;
  const label = textOf(fields['label']) ?? email ?? name;
  const isCooling = summary?.state === 'cooling';
  return {
    id: name,
    auth_index: authIndexOf(file),
    name,
    type: type === '' ? 'unknown' : type,
    provider: type === '' ? 'unknown' : type,
    label,
    ...stateOf(summary),
    disabled: summary?.disabled ?? fields['disabled'] === true,
    unavailable: isCooling || summary?.state === 'unusable',
    runtime_only: false,
    source: 'file',
    path,
    size,
    success: summary?.requests?.success ?? 0,
    failed: summary?.requests?.failed ?? 0,
    recent_requests: recentOf(summary, now),
    modtime: instant(modifiedAt),
    updated_at: instant(modifiedAt),
    created_at: instant(createdAt),
    ...present({
      email,
      account_type: type === '' ? undefined : textOf(fields['api_key']) === undefined ? 'oauth' : 'api_key',
      account: email,
      last_refresh: instantText(fields['last_refresh']),
      next_retry_after: isCooling && summary.coolingUntil !== undefined ? instant(summary.coolingUntil) : undefined,
      project_id: textOf(fields['project_id']),
      priority: wholeOf(fields['priority']),
      weight: wholeOf(fields['weight']),
      note: textOf(fields['note']),
      websockets: typeof fields['websockets'] === 'boolean' ? fields['websockets'] : undefined,
      request_retry: wholeOf(fields['request_retry'] ?? fields['request-retry']),
      id_token: type === 'codex' ? codexClaims(fields['id_token']) : undefined,
    }),
  };
}

function stateOf(summary: CredentialSummary | undefined): Pick<AuthFileView, 'status' | 'status_message'> {
  if (summary === undefined) return { status: 'pending', status_message: 'just found, not in use yet' };
  const { state, refresh, reason = '' } = summary;
  if (state === 'disabled') return { status: 'disabled', status_message: '' };
  if (refresh?.state === 'refreshing') return { status: 'refreshing', status_message: '' };
  if (refresh?.state === 'login-needed') {
    return { status: 'error', status_message: `log in again: ${refresh.reason ?? 'the vendor refused to renew it'}` };
  }
  if (state === 'unusable') return { status: 'unknown', status_message: reason };
  if (state === 'cooling') return { status: 'active', status_message: reason };
  const isFailing = refresh?.state === 'failed';
  return {
    status: 'active',
    status_message: isFailing ? `could not be renewed: ${refresh.reason ?? 'no reason'}` : '',
  };
}

const BUCKETS = 20;
const BUCKET_MS = 10 * 60_000;

function recentOf(summary: CredentialSummary | undefined, now: number): AuthFileView['recent_requests'] {
  const counted = new Map(summary?.requests?.recent.map((bucket) => [bucket.at, bucket]) ?? []);
  const last = Math.floor(now / BUCKET_MS) * BUCKET_MS;
  return Array.from({ length: BUCKETS }, (_, index) => {
    const at = last - (BUCKETS - 1 - index) * BUCKET_MS;
    const { success = 0, failed = 0 } = counted.get(at) ?? {};
    return { time: `${clockTime(at)}-${clockTime(at + BUCKET_MS)}`, success, failed };
  });
}

function clockTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

const CLAIMS = {
  chatgpt_account_id: 'chatgpt_account_id',
  plan_type: 'chatgpt_plan_type',
  chatgpt_subscription_active_start: 'chatgpt_subscription_active_start',
  chatgpt_subscription_active_until: 'chatgpt_subscription_active_until',
} as const;

/** Decoded only: nothing is decided by them. */
function codexClaims(token: unknown): Record<string, string> | undefined {
  const payload = typeof token === 'string' ? token.split('.')[1] : undefined;
  if (payload === undefined) return undefined;
  const all = parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const claims = isObject(all) ? all['https://api.openai.com/auth'] : undefined;
  if (!isObject(claims)) return undefined;
  const shown = Object.entries(CLAIMS).flatMap(([name, claim]) => {
    const value = textOf(claims[claim]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function typeOf(fields: CredentialFile['fields']): string {
  return textOf(fields['type'])?.toLowerCase() ?? '';
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

function wholeOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

const instant = (at: number): string => new Date(at).toISOString();

function instantText(value: unknown): string | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : instant(at);
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

const present = <T extends Readonly<Record<string, unknown>>>(members: T): Present<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;

import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { accessTokenOf, instantOf } from '../account-fields.js';
import { firstValue } from '../api-key.js';
import type { ReplyHeaders } from '../provider.js';
import type { QuotaFacts, QuotaWindow } from '../quota.js';

/** One window as the headers tell it. */
export interface UnifiedWindow {
  readonly name: '5h' | '7d' | '7d_oi';
  readonly isRejected: boolean;
  /** Epoch milliseconds. */
  readonly resetsAt: number | undefined;
  /** 0 to 100: the header has a fraction, the usage call a percentage. */
  readonly usedPercent: number | undefined;
}

/** The `anthropic-ratelimit-unified-*` headers of a subscription's answers. */
export interface UnifiedLimits {
  readonly isRejected: boolean;
  readonly resetsAt: number | undefined;
  readonly windows: readonly UnifiedWindow[];
}

const NAMES = ['5h', '7d', '7d_oi'] as const;
const PREFIX = 'anthropic-ratelimit-unified-';

/** `undefined`: the answer has none of them, as those of API keys. */
export function readUnifiedLimits(headers: ReplyHeaders): UnifiedLimits | undefined {
  const read = (name: string): string | undefined => firstValue(headers[PREFIX + name]);
  const windows = NAMES.flatMap((name): readonly UnifiedWindow[] => {
    const status = read(`${name}-status`);
    const used = Number(read(`${name}-utilization`) ?? Number.NaN);
    if (status === undefined && Number.isNaN(used)) return [];
    const usedPercent = Number.isFinite(used) && used >= 0 ? used * 100 : undefined;
    return [{ name, isRejected: status === 'rejected', resetsAt: instantOf(read(`${name}-reset`)), usedPercent }];
  });
  const status = read('status');
  if (status === undefined && windows.length === 0) return undefined;
  return { isRejected: status === 'rejected', resetsAt: instantOf(read('reset')), windows };
}

const OF_HEADER = {
  '5h': { id: 'five_hour', title: '5 hours' },
  '7d': { id: 'seven_day', title: '7 days' },
  // A window of its own that answers of Fable models carry.
  '7d_oi': { id: 'seven_day_oi', title: '7 days, Fable models', models: 'claude-fable-*' },
} as const;

export function readQuotaHeaders(headers: ReplyHeaders, now: number): QuotaFacts | undefined {
  const limits = readUnifiedLimits(headers);
  if (limits === undefined || limits.windows.length === 0) return undefined;
  const windows = limits.windows.map(
    ({ name, isRejected, resetsAt, usedPercent }): QuotaWindow => ({
      ...OF_HEADER[name],
      usedPercent: usedPercent ?? (isRejected ? 100 : 0),
      exhausted: isRejected,
      ...(resetsAt === undefined ? {} : { resetsAt }),
    }),
  );
  return { windows, source: 'response-headers', at: now };
}

const TITLES: Readonly<Record<string, { readonly title: string; readonly models?: string }>> = {
  five_hour: { title: '5 hours' },
  seven_day: { title: '7 days' },
  seven_day_opus: { title: '7 days, Opus models', models: 'claude-opus-*' },
  seven_day_sonnet: { title: '7 days, Sonnet models', models: 'claude-sonnet-*' },
  seven_day_oauth_apps: { title: '7 days, other applications' },
  seven_day_cowork: { title: '7 days, Cowork' },
};

/** Setup tokens lack the scope of the account calls, which answer 403 for them (claude.md 1.2). */
export function isSetupToken(fields: JsonObject): boolean {
  if (['is_setup_token', 'setup_token', 'skip_account_profile'].some((name) => fields[name] === true)) return true;
  const scopes = fields['scopes'] ?? fields['scope'];
  const listed = typeof scopes === 'string' ? scopes.split(/[\s,]+/) : Array.isArray(scopes) ? scopes : undefined;
  return listed !== undefined && listed.length > 0 && listed[0] !== '' && !listed.includes('user:profile');
}

/** The usage call. @throws AppError `quota_unsupported` for setup tokens, `quota_unavailable`. */
export async function readClaudeQuota(url: string, fields: JsonObject, context: AccountContext): Promise<QuotaFacts> {
  if (isSetupToken(fields)) throw unsupported();
  const reply = await callVendor(context, {
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${accessTokenOf(fields)}`, 'anthropic-beta': 'oauth-2025-04-20' },
    timeoutMs: 10_000,
  });
  if (reply.status === 403) throw unsupported();
  if (reply.status !== 200) {
    throw new AppError('quota_unavailable', `Anthropic does not tell the usage: ${readVendorError(reply).message}`);
  }
  const windows = [...Object.entries(reply.body).flatMap(readWindow), ...readScoped(reply.body['limits'])];
  return { windows, source: 'usage-call', at: context.clock.now() };
}

const unsupported = (): AppError =>
  new AppError('quota_unsupported', 'this token may not read the usage of its account', {
    hint: 'setup tokens cannot; a login with `cliproxyctl login claude` can',
  });

/** Any member that looks like a window: unknown ones come and go. */
function readWindow([id, value]: readonly [string, JsonValue | undefined]): readonly QuotaWindow[] {
  if (id === 'extra_usage' || !isObject(value) || !('utilization' in value)) return [];
  const used = value['utilization'] ?? 0;
  if (typeof used !== 'number') return [];
  const resetsAt = instantOf(value['resets_at']);
  return [
    {
      id,
      ...(Object.hasOwn(TITLES, id) ? TITLES[id] : undefined),
      title: TITLES[id]?.title ?? id.replaceAll('_', ' '),
      usedPercent: used,
      exhausted: used >= 100,
      ...(resetsAt === undefined ? {} : { resetsAt }),
    },
  ];
}

/** `limits`: windows of single models, named only by what people call them. */
function readScoped(limits: JsonValue | undefined): readonly QuotaWindow[] {
  if (!Array.isArray(limits)) return [];
  const list: readonly JsonValue[] = limits;
  return list.flatMap((limit): readonly QuotaWindow[] => {
    if (!isObject(limit)) return [];
    const { kind, percent, scope } = limit;
    const model = isObject(scope) ? scope['model'] : undefined;
    const name = isObject(model) ? model['display_name'] : undefined;
    if (typeof kind !== 'string' || typeof percent !== 'number' || typeof name !== 'string') return [];
    const resetsAt = instantOf(limit['resets_at']);
    const family = name.toLowerCase();
    return [
      {
        id: `${kind}_${family}`,
        title: `${kind.replaceAll('_', ' ')}, ${name}`,
        models: `*${family}*`,
        usedPercent: percent,
        exhausted: percent >= 100,
        ...(resetsAt === undefined ? {} : { resetsAt }),
      },
    ];
  });
}

import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { accessTokenOf, instantOf } from '../account-fields.js';
import { firstValue } from '../api-key.js';
import type { ReplyHeaders } from '../provider.js';
import type { QuotaFacts, QuotaWindow } from '../quota.js';
import { addressesOf } from './addresses.js';
import { identityHeaders } from './headers.js';

export const PREMIUM = 'premium_interactions';

const TITLES: Readonly<Record<string, string>> = {
  [PREMIUM]: 'premium requests',
  chat: 'chat',
  completions: 'completions',
  session: 'session',
  weekly: '7 days',
};
const titleOf = (id: string): string => (Object.hasOwn(TITLES, id) ? TITLES[id] : undefined) ?? id.replaceAll('_', ' ');

/** Which window each header is; the value is a query: `ent=300&ov=0.0&ovPerm=false&rem=42.4&rst=...`. */
const HEADERS: readonly (readonly [string, string])[] = [
  ['x-quota-snapshot-premium_interactions', PREMIUM],
  ['x-quota-snapshot-premium_models', PREMIUM],
  ['x-quota-snapshot-chat', 'chat'],
  ['x-usage-ratelimit-session', 'session'],
  ['x-usage-ratelimit-weekly', 'weekly'],
];

export function readQuotaHeaders(headers: ReplyHeaders, now: number): QuotaFacts | undefined {
  const windows = HEADERS.flatMap(([header, id]) => readSnapshotHeader(id, firstValue(headers[header])));
  return windows.length === 0 ? undefined : { windows, source: 'response-headers', at: now };
}

function readSnapshotHeader(id: string, value: string | undefined): readonly QuotaWindow[] {
  if (value === undefined) return [];
  const read = new URLSearchParams(value);
  const limit = Number(read.get('ent') ?? Number.NaN);
  const remaining = Number(read.get('rem') ?? Number.NaN);
  if (limit === -1 || !Number.isFinite(remaining)) return [];
  const resetsAt = instantOf(read.get('rst') ?? undefined);
  return [
    {
      id,
      title: titleOf(id),
      usedPercent: 100 - remaining,
      exhausted: remaining <= 0 && read.get('ovPerm') !== 'true',
      ...(limit > 0 ? { limit, used: round((limit * (100 - remaining)) / 100), unit: 'requests' } : {}),
      ...(resetsAt === undefined ? {} : { resetsAt }),
    },
  ];
}

/** GitHub's own count; needs the GitHub token, not the exchanged one. @throws AppError `quota_unavailable` */
export async function readCopilotQuota(fields: JsonObject, context: AccountContext): Promise<QuotaFacts> {
  const reply = await callVendor(context, {
    method: 'GET',
    url: addressesOf(fields, context).usage,
    headers: { ...identityHeaders(fields), authorization: `token ${accessTokenOf(fields)}` },
    timeoutMs: 10_000,
  });
  if (reply.status !== 200) {
    throw new AppError('quota_unavailable', `GitHub does not tell the usage: ${readVendorError(reply).message}`);
  }
  const { body } = reply;
  const { copilot_plan: plan, quota_snapshots: snapshots } = body;
  const windows = isObject(snapshots) ? readSnapshots(snapshots, resetOf(body)) : readFreePlan(body);
  return {
    windows,
    source: 'usage-call',
    at: context.clock.now(),
    ...(typeof plan === 'string' ? { plan } : {}),
  };
}

const resetOf = (body: JsonObject): number | undefined =>
  instantOf(body['quota_reset_date_utc']) ?? instantOf(body['quota_reset_date']);

function readSnapshots(snapshots: JsonObject, resetsAt: number | undefined): readonly QuotaWindow[] {
  return Object.entries(snapshots).flatMap(([id, snapshot]): readonly QuotaWindow[] => {
    if (!isObject(snapshot) || snapshot['unlimited'] === true) return [];
    const { entitlement, percent_remaining: percent, overage_permitted: mayOverrun } = snapshot;
    const remaining = numberOf(snapshot['quota_remaining']) ?? numberOf(snapshot['remaining']);
    const limit = numberOf(entitlement);
    if (limit === undefined || limit < 0 || remaining === undefined) return [];
    const left = numberOf(percent) ?? (limit === 0 ? 0 : (remaining / limit) * 100);
    return [
      {
        id,
        title: titleOf(id),
        usedPercent: round(100 - left),
        used: round(limit - remaining),
        limit,
        unit: 'requests',
        exhausted: remaining <= 0 && mayOverrun !== true,
        ...(resetsAt === undefined ? {} : { resetsAt }),
      },
    ];
  });
}

/** The free plan tells totals and what is left of them in two other members. */
function readFreePlan(body: JsonObject): readonly QuotaWindow[] {
  const { monthly_quotas: totals, limited_user_quotas: left } = body;
  if (!isObject(totals) || !isObject(left)) return [];
  const resetsAt = instantOf(body['limited_user_reset_date']) ?? resetOf(body);
  return Object.entries(totals).flatMap(([id, total]): readonly QuotaWindow[] => {
    const limit = numberOf(total);
    const remaining = numberOf(left[id]);
    if (limit === undefined || limit <= 0 || remaining === undefined) return [];
    return [
      {
        id,
        title: titleOf(id),
        usedPercent: round(((limit - remaining) / limit) * 100),
        used: limit - remaining,
        limit,
        unit: 'requests',
        exhausted: remaining <= 0,
        ...(resetsAt === undefined ? {} : { resetsAt }),
      },
    ];
  });
}

const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const round = (value: number): number => Math.round(value * 100) / 100;

import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError, textOf } from '../../login/vendor-call.js';
import { accessTokenOf, instantOf } from '../account-fields.js';
import type { QuotaFacts, QuotaWindow } from '../quota.js';
import { apiRootOf } from './addresses.js';
import { apiHeaders } from './api-headers.js';
import { originOf, sentProfileOf } from './fields.js';

/** Kiro's usage call. @throws AppError `quota_unavailable` */
export async function readKiroQuota(fields: JsonObject, context: AccountContext): Promise<QuotaFacts> {
  const body = await askUsage(fields, context, {});
  const { subscriptionInfo } = body;
  const plan = isObject(subscriptionInfo) ? textOf(subscriptionInfo['subscriptionTitle']) : undefined;
  return {
    windows: readWindows(body),
    source: 'usage-call',
    at: context.clock.now(),
    ...(plan === undefined ? {} : { plan }),
  };
}

/** @throws AppError `quota_unavailable` */
export async function askUsage(
  fields: JsonObject,
  context: AccountContext,
  more: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const url = new URL(`${apiRootOf(fields, context)}/getUsageLimits`);
  const profile = sentProfileOf(fields);
  const query = {
    origin: originOf(fields),
    resourceType: 'AGENTIC_REQUEST',
    ...(profile === undefined ? {} : { profileArn: profile }),
    ...more,
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const reply = await callVendor(context, {
    method: 'GET',
    url: url.href,
    headers: apiHeaders(fields),
    timeoutMs: 10_000,
  });
  if (reply.status === 200) return reply.body;
  const { message } = readVendorError(reply, [accessTokenOf(fields)]);
  throw new AppError('quota_unavailable', `Kiro does not tell the usage: ${message}`);
}

/** When the first of the windows is counted anew. */
export function resetOf({ windows }: QuotaFacts): number | undefined {
  const times = windows.flatMap(({ resetsAt }) => resetsAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** No list is no knowledge, and never an empty purse. */
function readWindows(body: JsonObject): readonly QuotaWindow[] {
  const { overageConfiguration, usageBreakdownList } = body;
  const mayOverrun = isObject(overageConfiguration) && overageConfiguration['overageStatus'] === 'ENABLED';
  const items: readonly JsonValue[] = Array.isArray(usageBreakdownList) ? usageBreakdownList : [];
  return items.flatMap((item) => {
    if (!isObject(item)) return [];
    const pots = [item, ...extraPots(item)].map(readPot).filter((pot) => pot !== undefined);
    if (pots.length === 0) return [];
    const limit = pots.reduce((sum, pot) => sum + pot.limit, 0);
    const used = pots.reduce((sum, pot) => sum + pot.used, 0);
    // Seconds since 1970.
    const resetsAt = instantOf(item['nextDateReset']) ?? instantOf(body['nextDateReset']);
    return [
      {
        id: (textOf(item['resourceType']) ?? 'credit').toLowerCase(),
        title: (textOf(item['displayName']) ?? 'credits').toLowerCase(),
        usedPercent: limit === 0 ? 100 : round((used / limit) * 100),
        used: round(used),
        limit: round(limit),
        unit: textOf(item['unit'])?.toLowerCase() ?? 'credits',
        exhausted: used >= limit && !mayOverrun,
        ...(resetsAt === undefined ? {} : { resetsAt }),
      },
    ];
  });
}

/** A trial and bonuses add to the plan's own while they last. */
function extraPots({ freeTrialInfo, bonuses }: JsonObject): readonly JsonObject[] {
  const trial = isObject(freeTrialInfo) && freeTrialInfo['freeTrialStatus'] === 'ACTIVE' ? [freeTrialInfo] : [];
  const active = Array.isArray(bonuses) ? bonuses.filter(isObject).filter(({ status }) => status === 'ACTIVE') : [];
  return [...trial, ...active];
}

function readPot(pot: JsonObject): { readonly used: number; readonly limit: number } | undefined {
  const used = numberOf(pot['currentUsageWithPrecision']) ?? numberOf(pot['currentUsage']);
  const limit = numberOf(pot['usageLimitWithPrecision']) ?? numberOf(pot['usageLimit']);
  return used === undefined || limit === undefined ? undefined : { used, limit };
}

const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const round = (value: number): number => Math.round(value * 100) / 100;

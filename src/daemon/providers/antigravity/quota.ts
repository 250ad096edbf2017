import { AppError } from '../../../shared/errors.js';
import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { readVendorError, textOf } from '../../login/vendor-call.js';
import { instantOf } from '../account-fields.js';
import type { QuotaFacts, QuotaWindow } from '../quota.js';
import { antigravityToken } from './api-headers.js';
import { fetchAvailableModels } from './available-models.js';
import { ACCESS_REST_MS, accessRefused } from './errors.js';
import { maySpendCredits, numberOf } from './fields.js';
import { loadAccount } from './project.js';

/** The window that stands for a refusal of the account as a whole. */
const ACCESS = 'access';

/** What is left of each model. @throws AppError `quota_unavailable`, `vendor_unreachable` */
export async function readAntigravityQuota(fields: JsonObject, context: AccountContext): Promise<QuotaFacts> {
  const reply = await fetchAvailableModels(fields, context);
  const at = context.clock.now();
  const facts = (windows: readonly QuotaWindow[]): QuotaFacts => ({
    windows,
    source: 'usage-call',
    at,
    isComplete: true,
  });
  if (reply.status === 403) {
    const title = 'access: Google refuses this account';
    return facts([{ id: ACCESS, title, usedPercent: 100, exhausted: true, resetsAt: at + ACCESS_REST_MS }]);
  }
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [antigravityToken(fields)]);
    throw new AppError('quota_unavailable', `Antigravity does not tell the quota: ${message}`);
  }
  const { models } = reply.body;
  const windows = Object.entries(isObject(models) ? models : {}).flatMap(([id, model]) => readWindow(id, model));
  return facts([...windows, ...(maySpendCredits(fields) ? await readCredits(fields, context) : [])]);
}

function readWindow(id: string, model: JsonValue | undefined): readonly QuotaWindow[] {
  const quota = isObject(model) ? model['quotaInfo'] : undefined;
  if (!isObject(model) || !isObject(quota) || !/^(gemini|claude|gpt|image|imagen)/.test(id)) return [];
  const resetsAt = instantOf(quota['resetTime']);
  // A zero is left out on the wire: with a time of reset, nothing is left (unconfirmed; antigravity.md 6).
  const remaining = numberOf(quota['remainingFraction']) ?? (resetsAt === undefined ? undefined : 0);
  if (remaining === undefined) return [];
  return [
    {
      id,
      title: textOf(model['displayName']) ?? id,
      usedPercent: Math.round((1 - remaining) * 10_000) / 100,
      exhausted: remaining <= 0,
      models: id,
      ...(resetsAt === undefined ? {} : { resetsAt }),
    },
  ];
}

/** Purchased credits, told to those who let them be spent; what cannot be read is not told. */
async function readCredits(fields: JsonObject, context: AccountContext): Promise<readonly QuotaWindow[]> {
  const reply = await loadAccount(fields, context).catch(unlessUnreachable);
  const tier = reply?.body['paidTier'];
  const credits: readonly JsonValue[] =
    isObject(tier) && Array.isArray(tier['availableCredits']) ? tier['availableCredits'] : [];
  return credits.filter(isObject).flatMap((credit) => {
    const [left, least] = [numberOf(credit['creditAmount']), numberOf(credit['minimumCreditAmountForUsage']) ?? 1];
    if (left === undefined) return [];
    const type = textOf(credit['creditType']) ?? 'credits';
    return [
      {
        id: `credits_${type.toLowerCase()}`,
        title: `credits ${type}: ${left} left`,
        usedPercent: left < least ? 100 : 0,
      },
    ];
  });
}

function unlessUnreachable(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
  throw error;
}

/** Why the account is not asked at all right now: the quota call was refused a moment ago. */
export function knownRefusal(known: QuotaFacts | undefined, now: number): FailureFacts | undefined {
  const until = known?.windows.find(({ id }) => id === ACCESS)?.resetsAt ?? 0;
  return until > now ? accessRefused(until - now) : undefined;
}

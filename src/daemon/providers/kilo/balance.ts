import { AppError } from '../../../shared/errors.js';
import type { FailureFacts } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import type { QuotaFacts } from '../quota.js';
import { kiloAddresses } from './addresses.js';
import { BALANCE_EMPTY, BALANCE_RECHECK_MS } from './errors.js';
import { kiloOrganization, kiloToken } from './fields.js';
import { accountHeaders } from './headers.js';
import { isFree } from './wanted-models.js';

const BALANCE = 'balance';

/** What is left to spend, of the account or of the organisation that pays. @throws AppError `quota_unavailable` */
export async function readKiloBalance(fields: JsonObject, context: AccountContext): Promise<QuotaFacts> {
  const token = kiloToken(fields);
  if (token === undefined) throw new AppError('quota_unavailable', 'without a login Kilo has no balance');
  const reply = await callVendor(context, {
    method: 'GET',
    url: kiloAddresses(context, token).balance,
    headers: accountHeaders(token, kiloOrganization(fields)),
    timeoutMs: 10_000,
  });
  const { balance } = reply.body;
  if (reply.status !== 200 || typeof balance !== 'number') {
    const why = reply.status === 200 ? 'it answers without a balance' : readVendorError(reply, [token]).message;
    throw new AppError('quota_unavailable', `Kilo does not tell the balance: ${why}`);
  }
  const isEmpty = balance <= 0;
  return {
    // There is no limit to be a share of: either something is left, or nothing.
    windows: [
      { id: BALANCE, title: `balance $${balance.toFixed(2)}`, usedPercent: isEmpty ? 100 : 0, exhausted: isEmpty },
    ],
    source: 'usage-call',
    at: context.clock.now(),
  };
}

export interface Balance {
  /** A paid model was refused for want of money. */
  exhaust(failure: FailureFacts, now: number): void;
  /** Why this model cannot be had right now; free ones can. */
  spent(model: ModelInfo, now: number, known: QuotaFacts | undefined): FailureFacts | undefined;
}

/** One refusal is enough to know about all models that cost something. */
export function openBalance(): Balance {
  let refused: { readonly failure: FailureFacts; readonly at: number } | undefined;
  return {
    exhaust(failure, now) {
      if (failure.code === BALANCE_EMPTY) refused = { failure, at: now };
    },
    spent(model, now, known) {
      if (refused === undefined || isFree(model)) return undefined;
      const until = refused.at + BALANCE_RECHECK_MS;
      const told =
        known !== undefined && known.at >= refused.at ? known.windows.find(({ id }) => id === BALANCE) : undefined;
      if (until <= now || told?.exhausted === false) return undefined;
      return { ...refused.failure, retryAfterMs: until - now };
    },
  };
}

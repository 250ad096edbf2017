import { AppError } from '../../../shared/errors.js';
import type { FailureFacts } from '../../ir/error.js';
import type { AccountContext } from '../../login/account-context.js';
import { BALANCE_RECHECK_MS, ORGANIZATION_GONE } from './errors.js';
import { readProfile } from './profile.js';

const RECHECK_MS = BALANCE_RECHECK_MS;

/**
 * Makes sure, once, that the organisation that is to pay still has this person: Kilo would go over to another payer without
 * a word. `undefined`: nothing keeps a request back. A check that fails keeps nothing back either.
 */
export function openMembership(
  organization: string | undefined,
  token: string,
  context: AccountContext,
): () => Promise<FailureFacts | undefined> | undefined {
  let isMember = organization === undefined;
  let checkAt = 0;
  let gone: FailureFacts | undefined;
  let pending: Promise<FailureFacts | undefined> | undefined;

  const check = async (): Promise<FailureFacts | undefined> => {
    checkAt = context.clock.now() + RECHECK_MS;
    const outcome = await readProfile(context, token).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (outcome?.kind !== 'known') return gone;
    isMember = outcome.organizations.some(({ id }) => id === organization);
    gone = isMember
      ? undefined
      : {
          reason: 'forbidden',
          status: 403,
          code: ORGANIZATION_GONE,
          message: `this login is no longer in the organisation that is to pay (${organization}): choose again with cliproxyctl login kilo`,
          retryAfterMs: RECHECK_MS,
        };
    return gone;
  };

  return () => {
    if (isMember) return undefined;
    if (pending === undefined && context.clock.now() < checkAt) {
      return gone === undefined ? undefined : Promise.resolve(gone);
    }
    pending ??= check().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

import { AppError } from '../../shared/errors.js';
import type { FailureFacts } from '../ir/error.js';

/**
 * Asks for a short-lived token, one call at a time: whoever comes meanwhile waits for the same answer. A vendor that cannot be
 * reached is a failure like any other.
 */
export function openAsking(ask: () => Promise<FailureFacts | undefined>): () => Promise<FailureFacts | undefined> {
  let pending: Promise<FailureFacts | undefined> | undefined;
  return () => {
    pending ??= ask()
      .catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        return { reason: 'network', code: error.code, message: error.message } satisfies FailureFacts;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
}

import type { FailureFacts } from '../ir/error.js';
import type { Verdict } from './provider.js';

/**
 * Google's words for a file or a cache that belongs to another project than the credential's. Both are told as a want of
 * permission, or as something that is not there, which would be the credential's or the model's fault (unconfirmed).
 */
const FOREIGN =
  /cached ?content.{0,80}(not found|permission denied)|not found.{0,20}cached content|permission to access the file/i;

const isForeign = ({ status, message }: FailureFacts): boolean =>
  (status === 403 || status === 404) && FOREIGN.test(message);

/** Says where it may be; to be asked before anything else that explains a 403 or 404. `undefined`: it is no such failure. */
export function explainForeignFile(failure: FailureFacts): FailureFacts | undefined {
  if (!isForeign(failure)) return undefined;
  const hint =
    'a file or cache can be used with the key or project only that it was made with, and for as long as it lives';
  return { ...failure, reason: 'invalid-request', message: `${failure.message} (${hint})` };
}

/** Another credential may own it; this one has nothing wrong with it. */
export const classifyForeignFile = (failure: FailureFacts): Verdict | undefined =>
  isForeign(failure) ? { blame: 'request', next: 'next-credential' } : undefined;

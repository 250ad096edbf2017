import type { FailureFacts } from '../../ir/error.js';

/** Fast mode needs paid credits. Refused to one request, it says nothing of the credential: others are not fast. */
export const isFastModeRefused = ({ status, message }: FailureFacts): boolean =>
  status === 429 && /fast[ -]mode|fast request rejected/i.test(message);

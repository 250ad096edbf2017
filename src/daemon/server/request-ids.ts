import { randomBytes } from 'node:crypto';

const ID_BYTES = 4;
const BATCH = 1024;

/** Random request ids of 8 hex digits; the system is asked for randomness once per batch, not once per request. */
export function openRequestIds(): () => string {
  let digits = '';
  let at = 0;
  return () => {
    if (at >= digits.length) {
      digits = randomBytes(ID_BYTES * BATCH).toString('hex');
      at = 0;
    }
    at += ID_BYTES * 2;
    return digits.slice(at - ID_BYTES * 2, at);
  };
}

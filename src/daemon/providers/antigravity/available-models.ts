import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, type VendorReply } from '../../login/vendor-call.js';
import { apiHeaders } from './api-headers.js';
import { baseUrlsOf, projectOf } from './fields.js';

/** For all hosts together. */
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Models with what is left of each: the one call that tells both. @throws AppError `vendor_unreachable` */
export async function fetchAvailableModels(fields: JsonObject, context: AccountContext): Promise<VendorReply> {
  const { clock, signal } = context;
  const project = projectOf(fields);
  const startedAt = clock.now();
  const ask = (base: string): Promise<VendorReply> =>
    callVendor(context, {
      url: `${base}/v1internal:fetchAvailableModels`,
      json: project === undefined ? {} : { project },
      headers: apiHeaders(fields),
      timeoutMs: Math.max(1, startedAt + TIMEOUT_MS - clock.now()),
      maxBytes: MAX_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });
  const [first, ...others] = baseUrlsOf(fields, context);
  let last = await attempt(ask, first);
  for (const base of others) {
    if (!(last instanceof AppError) && last.status >= 200 && last.status < 300) return last;
    last = await attempt(ask, base);
  }
  if (last instanceof AppError) throw last;
  return last;
}

async function attempt(ask: (base: string) => Promise<VendorReply>, base: string): Promise<VendorReply | AppError> {
  try {
    return await ask(base);
  } catch (error) {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return error;
    throw error;
  }
}

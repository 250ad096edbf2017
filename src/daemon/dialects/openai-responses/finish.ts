import type { Finish } from '../../ir/event.js';
import { isObject, type JsonObject } from '../../ir/json.js';

/** Reads how an answer ended from its `response` object. */
export function decodeFinish(response: JsonObject, hasCalls: boolean): Finish {
  const details = response['incomplete_details'];
  const reason = isObject(details) && typeof details['reason'] === 'string' ? details['reason'] : undefined;
  if (reason === 'max_output_tokens') return { reason: 'length', raw: reason };
  if (reason === 'content_filter') return { reason: 'content-filter', raw: reason };
  const { status } = response;
  const raw = reason ?? (typeof status === 'string' ? status : 'completed');
  if (status === 'failed') return { reason: 'error', raw };
  if (status === 'incomplete' || status === 'cancelled') return { reason: 'other', raw };
  return { reason: hasCalls ? 'tool-calls' : 'stop', raw };
}

export interface EncodedFinish {
  readonly status: 'completed' | 'incomplete' | 'failed';
  readonly incomplete?: 'max_output_tokens' | 'content_filter';
}

/** translation.md 2.1 */
export function encodeFinish({ reason }: Finish): EncodedFinish {
  switch (reason) {
    case 'length':
      return { status: 'incomplete', incomplete: 'max_output_tokens' };
    case 'content-filter':
    case 'refusal':
      return { status: 'incomplete', incomplete: 'content_filter' };
    case 'error':
      return { status: 'failed' };
    default:
      return { status: 'completed' };
  }
}

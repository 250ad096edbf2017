import type { Finish } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';
import { blockedFinish, readFinish } from './finish.js';
import { readUsage } from './usage.js';

/** Usage and finish of one response or chunk. */
export function readTapFacts(json: string, hadCall = false): { readonly usage?: Usage; readonly finish?: Finish } {
  const body = parseJson(json);
  if (!isObject(body)) return {};
  const { usageMetadata } = body;
  const finish = finishOf(body, hadCall);
  return {
    ...(isObject(usageMetadata) ? { usage: readUsage(usageMetadata) } : {}),
    ...(finish === undefined ? {} : { finish }),
  };
}

function finishOf({ candidates, promptFeedback }: JsonObject, hadCall: boolean): Finish | undefined {
  const candidate = Array.isArray(candidates) ? candidates.filter(isObject)[0] : undefined;
  const word = candidate?.['finishReason'];
  if (typeof word === 'string') return readFinish(word, hadCall || hasCall(candidate?.['content']));
  const blockReason = isObject(promptFeedback) ? promptFeedback['blockReason'] : undefined;
  return typeof blockReason === 'string' ? blockedFinish(blockReason) : undefined;
}

function hasCall(content: JsonValue | undefined): boolean {
  const parts = isObject(content) ? content['parts'] : undefined;
  return Array.isArray(parts) && parts.some((part) => isObject(part) && isObject(part['functionCall']));
}

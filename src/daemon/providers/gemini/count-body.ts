import type { WireBody } from '../../dialects/dialect.js';
import { isObject } from '../../ir/json.js';
import { dropMember, spellingIn } from '../google-body.js';

/** Part of the prompt, so part of the count. */
const COUNTED = ['systemInstruction', 'tools', 'cachedContent'] as const;
const NOT_COUNTED = ['toolConfig', 'generationConfig', 'safetySettings', 'labels', 'serviceTier'] as const;

/**
 * Counting takes the contents alone, and refuses whatever stands beside them; a whole request in `generateContentRequest` has
 * room for the rest (ai.google.dev/api/tokens, seen 2026-11).
 */
export function shapeCount(body: WireBody, id: string): void {
  // The name is the client's, and may be an alias.
  const model = `models/${id}`;
  const key = spellingIn(body, 'generateContentRequest');
  const whole = body.get(key);
  if (isObject(whole)) {
    dropMember(body, 'contents');
    body.set(key, { ...whole, model });
    return;
  }
  for (const name of NOT_COUNTED) dropMember(body, name);
  const beside = COUNTED.map((name) => spellingIn(body, name)).filter((name) => body.get(name) !== undefined);
  if (beside.length === 0) return;
  const members = ['contents', ...beside].map((name) => [name, body.get(name)] as const);
  for (const [name] of members) body.set(name, undefined);
  body.set(key, { model, ...Object.fromEntries(members) });
}

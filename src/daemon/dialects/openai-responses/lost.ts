import { lostMembers, markedPlaces } from '../../ir/lost.js';
import type { ModelRequest, Sampling } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';

/** Sampling settings this API has no member for. */
const LOST = [
  'topK',
  'seed',
  'stop',
  'frequencyPenalty',
  'presencePenalty',
] as const satisfies readonly (keyof Sampling)[];

/** Warns of what another dialect's request says and this API cannot; once per kind, not once per message. */
export function warnOfLost(request: ModelRequest, { warn, kept }: EncodeRequestContext): void {
  const { sampling } = request;
  for (const key of LOST) {
    if (sampling[key] !== undefined) warn({ path: `sampling.${key}`, reason: 'the Responses API has no such setting' });
  }
  if ((sampling.candidates ?? 1) > 1)
    warn({ path: 'sampling.candidates', reason: 'the Responses API gives one answer' });
  for (const path of markedPlaces(request, ['cache', 'citations']))
    warn({ path, reason: 'the Responses API has no such mark' });
  for (const path of lostMembers(request, kept)) {
    warn({ path, reason: 'only the dialect of this request has this member' });
  }
}

import { lostMembers, markedPlaces } from '../../ir/lost.js';
import type { ModelRequest } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';

/** Warns of what another dialect's request says and this API cannot; once per kind, not once per message. */
export function warnOfLost(request: ModelRequest, { warn, kept }: EncodeRequestContext): void {
  if (request.cacheKey !== undefined) warn({ path: 'cacheKey', reason: 'the Messages API caches by breakpoints only' });
  if (request.metadata !== undefined) warn({ path: 'metadata', reason: 'the Messages API knows the user id only' });
  for (const path of markedPlaces(request, ['detail'])) warn({ path, reason: 'the Messages API has no such mark' });
  for (const path of lostMembers(request, kept)) {
    warn({ path, reason: 'only the dialect of this request has this member' });
  }
}
